// The memory engine in this app as the page follows it, and what can be changed about it: the model that reads for it,
// its limit, its sample. What is said about it is in lib/engine.ts.
import type { EngineView } from '$gen/EngineView';
import type { Error as AppError } from '$gen/Error';
import type { MemoryStatus } from '$gen/MemoryStatus';
import { asError } from '$host';
import { EMBEDDED, RULES, settling } from '$lib/engine';
import { app } from './app.svelte';
import { mutate, query, stale } from './commands.svelte';

const AGAIN_MS = 1000;

/** How the engine is. */
export function engineStatus() {
  return query('engine.status', () => ({}));
}

/** How the engine is, for a turn that uses it; nothing is asked while `status` names another server or none. */
export function engineOf(status: () => MemoryStatus | null | undefined) {
  return query('engine.status', () => (status()?.bank?.serverId === EMBEDDED ? {} : null));
}

/**
 * Asks every second while the engine starts or loads, as it does not tell when it is ready. One for the whole page;
 * call it while a component is set up.
 */
export function followEngine() {
  const status = query('engine.status', () => ({}), {
    every: (view) => (view?.present && settling(view.state) ? AGAIN_MS : false),
  });
  let before: EngineView['state'] | undefined;
  $effect(() => {
    const now = status.data?.state;
    // Banks and the health of memory could not be asked before.
    if (before === 'starting' && now !== before) stale(['servers']);
    before = now;
  });
}

/** The model that reads conversations and its limit, while they are chosen. Each change is kept at once. */
export class ReaderForm {
  saving = $state(false);
  error: AppError | null = $state.raw(null);

  /** Keeps a model, or rules, with a limit. Answers whether it was kept. */
  async save(reader: string, tokensPerDay: number): Promise<boolean> {
    this.saving = true;
    this.error = null;
    try {
      await mutate('engine.saveModel', { model: reader === RULES ? null : reader, tokensPerDay });
      return true;
    } catch (thrown) {
      this.error = asError(thrown);
      return false;
    } finally {
      this.saving = false;
    }
  }
}

/** The sample bank: loading it, removing it, and asking it. */
export class Sample {
  static readonly BANK = 'sample';
  /** What is going on; loading takes some seconds. */
  busy: 'loading' | 'removing' | 'asking' | null = $state(null);
  error: AppError | null = $state.raw(null);

  load(): Promise<void> {
    return this.#while('loading', async () => {
      await mutate('engine.loadSample', {});
      app.announce('The sample is loaded.');
    });
  }

  remove(): Promise<void> {
    return this.#while('removing', async () => {
      await mutate('engine.removeSample', {});
      app.announce('The sample is removed.');
    });
  }

  /** Opens a new chat on the sample with a question in the composer. Nothing is sent. */
  ask(question: string): Promise<void> {
    return this.#while('asking', async () => {
      const chat = await mutate('chat.create', { kind: 'normal', bankId: Sample.BANK });
      await mutate('chat.saveDraft', { chatId: chat.id, text: question });
      app.openChat(chat.id);
    });
  }

  async #while(what: Exclude<Sample['busy'], null>, run: () => Promise<void>): Promise<void> {
    if (this.busy !== null) return;
    this.busy = what;
    this.error = null;
    try {
      await run();
    } catch (thrown) {
      this.error = asError(thrown);
    } finally {
      this.busy = null;
    }
  }
}
