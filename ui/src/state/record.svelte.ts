// The record of the turn that the right pane shows: live while the turn runs, read back afterwards. Also a
// clock for countdowns and the link between memory cards and the bytes of the request. No drawing here.
import { createSubscriber } from 'svelte/reactivity';
import type { RetainState } from '$gen/RetainState';
import type { TurnRecord } from '$gen/TurnRecord';
import type { Failure } from '$host';
import { app } from './app.svelte';
import { onAppEvent, query, stale } from './commands.svelte';
import { runs } from './run.svelte';

/** What the panel shows. */
export interface ShownRecord {
  /** The record; null when no turn is chosen or nothing is known yet. */
  readonly record: TurnRecord | null;
  /** Whether the turn runs now. */
  readonly live: boolean;
  readonly pending: boolean;
  readonly error: Failure | null;
}

/**
 * What is known of a turn that does not run: what was read back, but the last that was seen live while there is nothing
 * else, or only what was read before the turn's end.
 */
export function later(seen: TurnRecord | null, read: TurnRecord | null): TurnRecord | null {
  if (seen === null || read === null || seen.turnId !== read.turnId) return read ?? seen;
  return seen.answer !== null && read.answer === null ? seen : read;
}

/** Follows the selected turn. Call it while a component is set up. */
export function followSelected(): ShownRecord {
  const live = $derived(app.selectedTurnId === null ? null : runs.recordOf(app.selectedTurnId));
  const answer = query('turn.record', () => {
    const { chatId, selectedTurnId: turnId } = app;
    return chatId === null || turnId === null || live !== null ? null : { chatId, turnId };
  });
  let last: TurnRecord | null = null;
  const base = $derived.by(() => {
    last = live ?? later(last?.turnId === app.selectedTurnId ? last : null, answer.data ?? null);
    return last;
  });
  // Notices say where a retain is before the record that is read back does.
  let moved = $state.raw<{ turnId: string; state: RetainState } | null>(null);
  const record = $derived(
    base?.retained && moved?.turnId === base.turnId
      ? { ...base, retained: { ...base.retained, state: moved.state } }
      : base,
  );
  $effect(() =>
    onAppEvent((event) => {
      if (event.kind === 'changed' || event.turn_id !== app.selectedTurnId) return;
      if (event.kind === 'retain') moved = { turnId: event.turn_id, state: event.state };
      if (event.kind !== 'run' || !event.running) stale(['record']);
    }),
  );
  return {
    get record() {
      return app.selectedTurnId === null ? null : record;
    },
    get live() {
      return live !== null;
    },
    get pending() {
      return app.selectedTurnId !== null && record === null && answer.isFetching;
    },
    get error() {
      return record === null ? answer.error : null;
    },
  };
}

/**
 * The record of an answer in the transcript: live while it runs; read back only when `wanted` says that there is
 * something in it to show. Null while it is not known. Call it while a component is set up.
 */
export function recordOfAnswer(of: () => { chatId: string; turnId: string } | null, wanted: () => boolean) {
  const live = $derived.by(() => {
    const turn = of();
    return turn === null ? null : runs.recordOf(turn.turnId);
  });
  const answer = query('turn.record', () => (live === null && wanted() ? of() : null));
  let last: TurnRecord | null = null;
  const record = $derived.by(() => {
    const known = live ?? later(last, answer.data ?? null);
    if (known) last = known;
    return last?.turnId === of()?.turnId ? last : null;
  });
  $effect(() =>
    onAppEvent((event) => {
      // What was stored is known to be learned some time after it.
      const moved = event.kind === 'retain' || event.kind === 'learned';
      if (moved && event.turn_id === of()?.turnId && wanted()) stale(['record']);
    }),
  );
  return {
    get record() {
      return record;
    },
  };
}

const tick = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

/** Milliseconds since 1970. Whoever reads it while drawing is drawn again every second. */
export function now(): number {
  tick();
  return Date.now();
}

/** Which memory is picked, and on which side, so that the other side scrolls to it. */
export class MemoryLink {
  memoryId: string | null = $state(null);
  from: 'card' | 'bytes' = $state('card');
  /** Counts picks, so that picking the same memory again scrolls again. */
  picks = $state(0);

  pick(memoryId: string, from: 'card' | 'bytes') {
    this.memoryId = memoryId;
    this.from = from;
    this.picks += 1;
  }

  clear() {
    this.memoryId = null;
  }
}
