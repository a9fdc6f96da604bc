// Finding words in the open chat: which rows have them and which of those is in sight. Every message of the path is
// loaded for it, since the backend searches all chats at once and not one of them.
import { rowsWith } from '$lib/transcript';
import type { OpenChat } from './chat.svelte';

/** A search in one chat. */
export class FindInChat {
  shown = $state(false);
  typed = $state('');
  /** Whether messages are still being loaded; hits may be missing. */
  loading = $state(false);
  /** Which hit is in sight, as an index of `hits`. */
  at = $state(0);

  /** The rows that have the words, from the first message to the last. */
  readonly hits: readonly number[] = $derived.by(() =>
    this.shown ? rowsWith(this.chat.path, (id) => this.chat.messages.get(id), this.typed) : [],
  );

  constructor(readonly chat: OpenChat) {}

  /** The row to show; null when nothing was found. */
  get row(): number | null {
    return this.hits[this.at] ?? null;
  }

  async open() {
    this.shown = true;
    this.loading = true;
    await this.chat.loadAll();
    this.loading = false;
  }

  close() {
    this.shown = false;
  }

  /** Takes other words and goes to their last hit, which is the newest. */
  type(words: string) {
    this.typed = words;
    this.at = Math.max(0, this.hits.length - 1);
  }

  /** Goes to the hit before or after, around the ends. */
  step(by: 1 | -1) {
    const count = this.hits.length;
    if (count > 0) this.at = (Math.min(this.at, count - 1) + by + count) % count;
  }
}
