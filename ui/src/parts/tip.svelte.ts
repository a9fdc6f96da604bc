// The one tooltip of the page: which words, at which element. Elements join with `{@attach tip('…')}`;
// TipHost.svelte draws it. One node for all of them, so that long lists stay light.
import type { Attachment } from 'svelte/attachments';

interface Shown {
  text: string;
  chord: string | undefined;
  at: DOMRect;
}

const WAIT_MS = 500;
const WARM_MS = 300; // moving along a toolbar shows the next one at once

class Tip {
  shown: Shown | null = $state.raw(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hiddenAt = 0;

  later(node: Element, text: string, chord: string | undefined, wait = WAIT_MS) {
    clearTimeout(this.#timer);
    const warm = this.shown !== null || performance.now() - this.#hiddenAt < WARM_MS;
    this.#timer = setTimeout(
      () => {
        if (node.isConnected) this.shown = { text, chord, at: node.getBoundingClientRect() };
      },
      warm ? 0 : wait,
    );
  }

  hide() {
    clearTimeout(this.#timer);
    if (this.shown) this.#hiddenAt = performance.now();
    this.shown = null;
  }
}

export const tipState = new Tip();

/** Shows words at an element on hover and on keyboard focus. The element needs its own accessible name. */
export function tip(text: string | undefined, chord?: string): Attachment {
  return (node) => {
    if (!text) return;
    const enter = () => tipState.later(node, text, chord);
    const focus = () => node.matches(':focus-visible') && tipState.later(node, text, chord);
    const leave = () => tipState.hide();
    const key = (event: Event) => event instanceof KeyboardEvent && event.key === 'Escape' && tipState.hide();
    const pairs: [string, (event: Event) => void][] = [
      ['pointerenter', enter],
      ['pointerleave', leave],
      ['pointerdown', leave],
      ['focusin', focus],
      ['focusout', leave],
      ['keydown', key],
    ];
    for (const [name, handler] of pairs) node.addEventListener(name, handler);
    return () => {
      for (const [name, handler] of pairs) node.removeEventListener(name, handler);
      leave();
    };
  };
}
