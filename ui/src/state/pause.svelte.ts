// What is being changed in the block of a paused turn. One form for each run, kept while the run lasts, so that it survives
// scrolling away and looking at another chat. Sending it is `turn.resume`, what it comes to is `turn.pausedBlock`.
import type { BlockEdits } from '$gen/BlockEdits';
import type { Error as AppError } from '$gen/Error';
import type { Pause } from '$gen/Pause';
import type { RecalledMemory } from '$gen/RecalledMemory';
import type { TurnRecord } from '$gen/TurnRecord';
import { asError, host } from '$host';
import { runs } from './run.svelte';
import type { Run } from './run.svelte';

const NOTHING: BlockEdits = { noMemory: false, without: [], edited: {}, paragraph: null, added: null };

export class PauseForm {
  /** The memories that are about to be injected, in the order of the block. */
  readonly memories: readonly RecalledMemory[];
  /** Reflect's paragraph as it is held; null without one. */
  readonly held: string | null;

  without: string[] = $state([]);
  edited: Record<string, string> = $state.raw({});
  paragraph = $state('');
  added = $state('');

  /** What the block is with these changes. */
  block = $state('');
  /** Its tokens, counted as o200k. */
  tokens = $state(0);
  /** Whether `block` is of other changes than those that are chosen. */
  stale = $state(false);
  error: AppError | null = $state.raw(null);
  busy: 'on' | 'without' | null = $state(null);
  /** Whether it was let go on. */
  gone = $state(false);

  readonly #run: Run;
  readonly #addedBefore: string;
  #asked = 0;

  constructor(run: Run, pause: Pause, record: TurnRecord) {
    this.#run = run;
    const recalled = record.memory?.memories ?? [];
    const pinned = record.pinned.flatMap(({ memory }) => (memory === null ? [] : [memory]));
    this.memories = pause.memoryIds.flatMap(
      (id) => [...recalled, ...pinned].find((one) => one.id === id) ?? [],
    );
    this.held = pause.paragraph;
    this.paragraph = pause.paragraph ?? '';
    this.#addedBefore = pause.added;
    this.added = pause.added;
    this.block = pause.block;
    this.tokens = pause.tokens;
  }

  /** Ticks a memory on or off. */
  toggle(id: string, inside: boolean) {
    this.without = inside ? this.without.filter((one) => one !== id) : [...this.without, id];
  }

  /** Keeps other words for a memory; its own words take them back. */
  edit(memory: RecalledMemory, text: string) {
    const others = Object.fromEntries(Object.entries(this.edited).filter(([id]) => id !== memory.id));
    this.edited = text === memory.text ? others : { ...others, [memory.id]: text };
  }

  /** What is changed. */
  get edits(): BlockEdits {
    const kept = Object.entries(this.edited).filter(([id]) => !this.without.includes(id));
    return {
      noMemory: false,
      without: [...this.without],
      edited: Object.fromEntries(kept),
      paragraph: this.held === null || this.paragraph === this.held ? null : this.paragraph,
      added: this.added === this.#addedBefore ? null : this.added,
    };
  }

  /** Whether anything is changed. */
  get changed(): boolean {
    const { without, edited, paragraph, added } = this.edits;
    return without.length > 0 || Object.keys(edited).length > 0 || paragraph !== null || added !== null;
  }

  /** Why it cannot go on like this; null when it can. */
  get fault(): string | null {
    const blank = Object.values(this.edits.edited).some((text) => text.trim() === '');
    return blank ? 'A memory without words says nothing; untick it instead.' : null;
  }

  /** Asks what the block would be. An answer that a later question overtook is dropped. */
  async look(edits: BlockEdits) {
    if (this.busy !== null || this.gone) return;
    const asked = ++this.#asked;
    try {
      const { block, tokens } = await host.call('turn.pausedBlock', { runId: this.#run.id, edits });
      if (asked !== this.#asked) return;
      [this.block, this.tokens, this.stale, this.error] = [block, tokens, false, null];
    } catch (thrown) {
      // Between going on and the last event the turn is paused no more; there is nothing to look at then.
      if (asked === this.#asked && this.busy === null) this.error = asError(thrown);
    }
  }

  /** Goes on with what is changed. Throws the failure. */
  goOn(): Promise<void> {
    return this.#resume('on', this.edits);
  }

  /** Goes on without anything of memory, own lines included. Throws the failure. */
  goOnWithout(): Promise<void> {
    return this.#resume('without', { ...NOTHING, noMemory: true });
  }

  async #resume(how: 'on' | 'without', edits: BlockEdits) {
    if (this.busy !== null) return;
    this.busy = how;
    try {
      await this.#run.resume(edits);
      this.gone = true;
    } finally {
      this.busy = null;
    }
  }
}

const forms = new Map<string, PauseForm>();

/** The form of a paused run; null when it is not paused. Not to be called where state must not be made. */
export function pauseForm(run: Run): PauseForm | null {
  const known = forms.get(run.id);
  if (known) return known;
  const { paused, record } = run;
  if (paused === null || record === null) return null;
  const form = new PauseForm(run, paused, record);
  forms.set(run.id, form);
  return form;
}

runs.onEnd((run) => forms.delete(run.id));

/** The paused run whose form has the focus. */
export const focusedPause: { runId: string | null } = $state({ runId: null });
