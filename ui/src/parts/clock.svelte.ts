// One clock for all relative times: it ticks every 15 seconds, and only while somebody looks.
import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 15_000;

class Clock {
  #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, TICK_MS);
    return () => clearInterval(timer);
  });

  /** Milliseconds since 1970; reading it in a template keeps the template up to date. */
  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

export const clock = new Clock();
