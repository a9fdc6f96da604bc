// The one tooltip of the page: which words, at which element. Elements join with `{@attach tip('…')}`;
// TipHost.svelte draws it. One node for all of them, so that long lists stay light.
import type { Attachment } from 'svelte/attachments';
import { on } from 'svelte/events';

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
    // Svelte's own `on`: an element that is taken away while it has the focus says `focusout` in the middle of an
    // update, where a plain listener must not change state.
    const stops = [
      on(node, 'pointerenter', enter),
      on(node, 'pointerleave', leave),
      on(node, 'pointerdown', leave),
      on(node, 'focusin', focus),
      on(node, 'focusout', leave),
      on(node, 'keydown', key),
    ];
    return () => {
      for (const stop of stops) stop();
      leave();
    };
  };
}
