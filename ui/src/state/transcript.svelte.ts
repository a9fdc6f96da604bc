// The transcript as it is looked at: which rows are fetched, when it goes to its end, and how it comes to a message
// that the keyboard, the search or an edit asks for. The rules of following are in lib/scroll.ts.
import { tick, untrack } from 'svelte';
import type { VirtualizerHandle } from 'virtua/svelte';
import { app } from './app.svelte';
import type { OpenChat } from './chat.svelte';
import type { FindInChat } from './find.svelte';
import { TranscriptRows } from './rows.svelte';
import { TranscriptScroll } from './scroll.svelte';

export class TranscriptView {
  readonly place = new TranscriptScroll();
  readonly rows: TranscriptRows;
  /** The virtual list, once it is in the page. */
  list: VirtualizerHandle | undefined = $state.raw();
  /** False until it stands at its end; before, it would flash its beginning. */
  ready = $state(false);

  constructor(
    readonly chat: OpenChat,
    readonly find: FindInChat,
  ) {
    this.rows = new TranscriptRows(chat);
  }

  get #last(): number {
    return this.chat.path.length - 1;
  }

  /** Asks for the messages in sight. */
  look() {
    const { list } = this;
    if (!list) return;
    const top = list.getScrollOffset();
    void this.chat.want(list.findItemIndex(top), list.findItemIndex(top + list.getViewportSize()));
  }

  /** Goes to the end and follows it from there. */
  jump() {
    this.place.tell({ kind: 'jump' });
    void this.#toEnd();
  }

  /** Goes to the message after (1) or before (-1) the one the keyboard is at. */
  step(by: 1 | -1) {
    const { at } = this.rows;
    void this.#go(at === null ? (by < 0 ? this.#last : 0) : at + by, 'nearest');
  }

  /** Does by itself what messages, runs and searches ask for, while the calling component is mounted. */
  follow() {
    // New rows, and the first ones.
    $effect(() => {
      if (!this.list || this.#last < 0) return;
      untrack(() => void this.#grown());
    });
    // A message was sent from here.
    let seen = this.chat.arrivals;
    $effect(() => {
      if (this.chat.arrivals === seen) return;
      seen = this.chat.arrivals;
      untrack(() => this.jump());
    });
    // An answer that became whole out of sight counts as new.
    let ran = false;
    $effect(() => {
      const runs = this.chat.running;
      if (ran && !runs) untrack(() => this.place.tell({ kind: 'arrived', count: 1 }));
      ran = runs;
    });
    // A message that was asked for from outside, e.g. by the search over all chats.
    $effect(() => {
      const id = app.focusMessageId;
      const index = id === null ? -1 : this.chat.path.findIndex((head) => head.id === id);
      if (index < 0 || !this.list) return;
      untrack(() => {
        app.focusMessageId = null;
        this.chat.select(index);
        void this.#go(index, 'center');
      });
    });
    // A hit of the search in this chat: shown, while the focus stays in its box.
    $effect(() => {
      const { row } = this.find;
      if (row === null) return;
      untrack(() => {
        this.place.tell({ kind: 'up', scrollable: true });
        this.list?.scrollToIndex(row, { align: 'center' });
      });
    });
  }

  async #grown() {
    if (this.place.follows) await this.#toEnd();
    this.ready = true;
    this.look();
  }

  async #toEnd() {
    this.list?.scrollToIndex(this.#last, { align: 'end' });
    await tick();
    this.place.pin();
  }

  async #go(index: number, align: 'nearest' | 'center') {
    const at = Math.max(0, Math.min(this.#last, index));
    this.rows.at = at;
    if (at < this.#last) this.place.tell({ kind: 'up', scrollable: true });
    this.list?.scrollToIndex(at, { align });
    await tick();
    this.place.node?.querySelector<HTMLElement>(`[data-row="${at}"]`)?.focus({ preventScroll: true });
    this.ready = true;
  }
}
