// The breakpoints of the open chat: reading, setting, switching and removing them, each with an undo. Turns read them when
// they begin; a change counts from the next message on. What happens at one is in pause.svelte.ts.
import type { BreakCondition } from '$gen/BreakCondition';
import type { Breakpoint } from '$gen/Breakpoint';
import { toast } from '$lib/toast';
import { app } from './app.svelte';
import { mutate, query } from './commands.svelte';
import type { MemoryRef } from './selected.svelte';

/** Follows the breakpoints of the open chat. Call it while a component is set up. */
export function followBreakpoints() {
  const answer = query('chat.breakpoints', () => (app.chatId === null ? null : { chatId: app.chatId }));
  return {
    get items(): readonly Breakpoint[] {
      return answer.data?.items ?? [];
    },
    get error() {
      return answer.error;
    },
    /** The breakpoint for the next message; null when there is none. */
    get next(): Breakpoint | null {
      return answer.data?.items.find(({ condition }) => condition.kind === 'next') ?? null;
    },
    /** The breakpoint on a memory; null when there is none. */
    on({ serverId, bankId, id }: MemoryRef): Breakpoint | null {
      const same = ({ condition }: Breakpoint) =>
        condition.kind === 'memory' &&
        condition.memory_id === id &&
        condition.bank_id === bankId &&
        condition.server_id === serverId;
      return answer.data?.items.find(same) ?? null;
    },
  };
}

/** Sets a breakpoint. Answers whether it is set. */
export async function setBreakpoint(chatId: string, condition: BreakCondition, on = true): Promise<boolean> {
  try {
    await mutate('chat.setBreakpoint', { chatId, condition, on });
    app.announce(on ? 'Breakpoint set, from the next message on.' : 'Breakpoint switched off.');
    return true;
  } catch (thrown) {
    toast.error(thrown);
    return false;
  }
}

/** Removes a breakpoint; the toast sets it again. */
export async function removeBreakpoint(chatId: string, { id, condition, on }: Breakpoint): Promise<void> {
  try {
    await mutate('chat.removeBreakpoint', { chatId, id });
    app.announce('Breakpoint removed.');
    toast.undo('Breakpoint removed.', () => setBreakpoint(chatId, condition, on));
  } catch (thrown) {
    toast.error(thrown);
  }
}

/** The condition that this memory is about to be injected. */
export function onMemory({ serverId, bankId, id }: MemoryRef, text: string): BreakCondition {
  return { kind: 'memory', server_id: serverId, bank_id: bankId, memory_id: id, text };
}
