// Reflects of turns that were made again by a person's press, while they run and afterwards. An answer costs the memory
// server's model work, so it outlives the panel: it is there again when its turn is. The view is in views/injected/time.
import type { Error as AppError } from '$gen/Error';
import type { ReflectedAgain } from '$gen/ReflectedAgain';
import { asError, host } from '$host';
import { spoken } from '$lib/injected/reflectAgain';
import { notAgain } from '$lib/injected/time';
import { app } from './app.svelte';
import { mutate } from './commands.svelte';

/** How many turns are kept. */
const MOST = 30;

/** A turn's reflect, made again or not yet. */
export class Again {
  /** The last answer; it stays while the next one is asked for. */
  answer: ReflectedAgain | null = $state.raw(null);
  error: AppError | null = $state.raw(null);
  /** When the running one began, in milliseconds of this page's clock; null while none runs. */
  started: number | null = $state(null);
  /** Whether the last one was cancelled. */
  cancelled = $state(false);
  #run: string | null = null;

  constructor(readonly of: { chatId: string; turnId: string }) {}

  /** Has it made again; while one runs, nothing more is asked. */
  async ask(): Promise<void> {
    if (this.#run !== null) return;
    const run = crypto.randomUUID();
    this.#run = run;
    this.started = performance.now();
    this.error = null;
    this.cancelled = false;
    try {
      const told = await host.call('turn.reflectAgain', { ...this.of, run });
      if (this.#run !== run) return;
      this.answer = told;
      app.announce(told.notAgain ? notAgain(told.notAgain) : spoken(told));
    } catch (thrown) {
      if (this.#run === run) this.error = asError(thrown);
    } finally {
      if (this.#run === run) this.#end();
    }
  }

  /** Stops waiting and closes the connection. */
  cancel(): void {
    const run = this.#run;
    if (run === null) return;
    this.#end();
    this.cancelled = true;
    void mutate('lab.cancel', { run }).catch(() => undefined);
  }

  #end(): void {
    this.#run = null;
    this.started = null;
  }
}

const kept: Again[] = [];

/** The one of a turn; the oldest that does nothing goes when there are too many. */
export function reflectAgain(chatId: string, turnId: string): Again {
  const known = kept.find(({ of }) => of.turnId === turnId && of.chatId === chatId);
  if (known) return known;
  if (kept.length >= MOST) {
    const idle = kept.findIndex(({ started }) => started === null);
    if (idle >= 0) kept.splice(idle, 1);
  }
  const fresh = new Again({ chatId, turnId });
  kept.push(fresh);
  return fresh;
}
