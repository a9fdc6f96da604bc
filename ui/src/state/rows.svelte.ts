// Which rows of a transcript matter although they may be out of sight: where the keyboard is, what is selected, what
// is being edited. They stay in the page, or focus, selection and typing would be lost with them.
import type { OpenChat } from './chat.svelte';

const MOST = 200; // rows of one selection that are kept; a longer one is cut when it is copied

export class TranscriptRows {
  /** The row that the keyboard is at; null before it came. */
  at: number | null = $state(null);
  /** The first and the last row with selected text. */
  selected: [number, number] | null = $state.raw(null);

  readonly #last = $derived.by(() => this.chat.path.length - 1);

  /** The row at which the Tab key stops. */
  readonly stop = $derived(Math.min(this.at ?? this.#last, this.#last));

  /** The rows that stay in the page. */
  readonly kept = $derived.by(() => {
    const rows = new Set<number>();
    if (this.at !== null) rows.add(this.at);
    const { editing } = this.chat;
    if (editing) rows.add(this.chat.path.findIndex((head) => head.id === editing.id));
    if (this.selected) {
      const [first, end] = this.selected;
      for (let row = first; row <= Math.min(end, first + MOST); row += 1) rows.add(row);
    }
    return [...rows].filter((row) => row >= 0 && row <= this.#last);
  });

  constructor(readonly chat: OpenChat) {}
}
