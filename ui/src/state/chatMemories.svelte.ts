// What is pinned to a chat and what is not relevant in it: reading, saying so and taking it back, each with an undo.
// Turns read it when they begin; a change counts from the next message on.
import type { ChatMemory } from '$gen/ChatMemory';
import type { ChatMemoryKind } from '$gen/ChatMemoryKind';
import { toast } from '$lib/toast';
import { app } from './app.svelte';
import { mutate, query } from './commands.svelte';
import type { MemoryRef } from './selected.svelte';

const SAID = {
  pinned: 'Pinned to this chat, from the next message on.',
  not_here: 'Left out of this chat from the next message on.',
  none: 'Taken back.',
};

/** Follows what was said of memories for the open chat. Call it while a component is set up. */
export function followHere() {
  const answer = query('chat.memories', () => (app.chatId === null ? null : { chatId: app.chatId }));
  return {
    get items(): readonly ChatMemory[] {
      return answer.data?.items ?? [];
    },
    get error() {
      return answer.error;
    },
    /** What was said of a memory; null when nothing was. */
    kindOf({ serverId, bankId, id }: MemoryRef): ChatMemoryKind | null {
      const same = (one: ChatMemory) =>
        one.memoryId === id && one.bankId === bankId && one.serverId === serverId;
      return answer.data?.items.find(same)?.kind ?? null;
    },
  };
}

/** Says something of a memory for a chat, or with null takes back what was said; the toast undoes it. */
export async function sayHere(
  chatId: string,
  memory: MemoryRef,
  text: string,
  kind: ChatMemoryKind | null,
): Promise<void> {
  const { serverId, bankId, id: memoryId } = memory;
  const say = (what: ChatMemoryKind | null) =>
    mutate('chat.setMemory', { chatId, serverId, bankId, memoryId, text, kind: what });
  try {
    const { before } = await say(kind);
    const words = SAID[kind ?? 'none'];
    app.announce(words);
    toast.undo(words, () => say(before).catch((thrown: unknown) => toast.error(thrown)));
  } catch (thrown) {
    toast.error(thrown);
  }
}
