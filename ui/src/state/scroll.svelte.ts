// Wires a scrolling element to the rules of lib/scroll.ts: hears what the person does to it, measures it, and moves
// it to its end when the rules say so. What is inside is the transcript's business.
import { tick } from 'svelte';
import type { Attachment } from 'svelte/attachments';
import { AT_REST, follows, looksUp, scroll } from '$lib/scroll';
import type { Scroll, ScrollEvent } from '$lib/scroll';

/** Where a transcript stands and what moves it. */
export class TranscriptScroll {
  now: Scroll = $state.raw(AT_REST);
  node: HTMLElement | null = $state.raw(null);

  #touchY = 0;
  #dragging = false;

  get follows(): boolean {
    return follows(this.now);
  }

  /** Puts the rules to work on an element. */
  readonly attach: Attachment<HTMLElement> = (node) => {
    this.node = node;
    const on: [string, (event: never) => void][] = [
      ['scroll', () => this.#scrolled()],
      ['wheel', (event: WheelEvent) => event.deltaY < 0 && this.#up()],
      ['touchstart', (event: TouchEvent) => (this.#touchY = event.touches[0]?.clientY ?? 0)],
      ['touchmove', (event: TouchEvent) => (event.touches[0]?.clientY ?? 0) > this.#touchY && this.#up()],
      // A press on the bar itself: from here on every move upwards is the person's.
      ['pointerdown', (event: PointerEvent) => (this.#dragging = event.offsetX > node.clientWidth)],
    ];
    const release = () => (this.#dragging = false);
    for (const [name, hear] of on) node.addEventListener(name, hear as EventListener, { passive: true });
    window.addEventListener('pointerup', release);
    const observer = new ResizeObserver(() => this.resized());
    observer.observe(node);
    return () => {
      for (const [name, hear] of on) node.removeEventListener(name, hear as EventListener);
      window.removeEventListener('pointerup', release);
      observer.disconnect();
      this.node = null;
    };
  };

  tell(event: ScrollEvent) {
    this.now = scroll(this.now, event);
  }

  /** A key was pressed inside. */
  key(event: KeyboardEvent) {
    const typing = event.target instanceof HTMLElement && event.target.closest('textarea, input');
    if (!typing && looksUp(event)) this.#up();
  }

  /** Rows or the window changed their size: follow the end if that is the rule. */
  resized() {
    void tick().then(() => {
      if (!this.node) return;
      if (this.follows) this.pin();
      else this.tell({ kind: 'resized', toEnd: this.#toEnd() });
    });
  }

  /** Moves to the end now. */
  pin() {
    const { node } = this;
    if (!node) return;
    node.scrollTop = node.scrollHeight;
    // Told now: the browser's own notice comes a frame later, when the person may have looked up already.
    this.tell({ kind: 'scrolled', top: node.scrollTop, toEnd: this.#toEnd() });
  }

  /** The rows between which text is selected; null when none is. Tells the rules. */
  selection(): [number, number] | null {
    const chosen = document.getSelection();
    const rows =
      chosen && !chosen.isCollapsed ? [chosen.anchorNode, chosen.focusNode].map((at) => this.#rowOf(at)) : [];
    const found = rows.filter((row) => row !== null);
    this.tell({ kind: 'selection', inside: found.length > 0 });
    return found.length > 0 ? [Math.min(...found), Math.max(...found)] : null;
  }

  #rowOf(at: Node | null): number | null {
    const element = at instanceof Element ? at : (at?.parentElement ?? null);
    const row = element?.closest<HTMLElement>('[data-row]');
    return row && this.node?.contains(row) ? Number(row.dataset.row) : null;
  }

  #toEnd(): number {
    const { node } = this;
    return node ? node.scrollHeight - node.clientHeight - node.scrollTop : 0;
  }

  #up() {
    const { node } = this;
    this.tell({ kind: 'up', scrollable: node !== null && node.scrollHeight > node.clientHeight });
  }

  #scrolled() {
    const top = this.node?.scrollTop ?? 0;
    if (this.#dragging && top < this.now.top) this.#up();
    this.tell({ kind: 'scrolled', top, toEnd: this.#toEnd() });
  }
}
