// How a stream's messages look on either door: `"end"`, `{"error": …}` or `{"item": …}`. Parsing only.
import { Failure, asError } from './failure';

export type Frame<T> = { kind: 'item'; item: T } | { kind: 'end'; failure: Failure | null };

/** Reads one message of a stream. Anything unreadable ends the stream with a failure that says so. */
export function readFrame<T>(text: string): Frame<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'end', failure: new Failure(asError('The backend sent something that is not JSON.')) };
  }
  if (value === 'end') return { kind: 'end', failure: null };
  if (typeof value === 'object' && value !== null) {
    if ('item' in value) return { kind: 'item', item: value.item as T };
    if ('error' in value) return { kind: 'end', failure: new Failure(asError(value.error)) };
  }
  return { kind: 'end', failure: new Failure(asError('The backend sent a message of an unknown shape.')) };
}

/** Cuts a growing server-sent-events text into `data` payloads; keeps the unfinished rest. */
export class SseCutter {
  #rest = '';

  /** Adds text as it arrives and returns the payloads that are now whole. */
  push(text: string): string[] {
    this.#rest += text;
    const out: string[] = [];
    for (;;) {
      const end = /\r?\n\r?\n/.exec(this.#rest);
      if (!end) return out;
      const event = this.#rest.slice(0, end.index);
      this.#rest = this.#rest.slice(end.index + end[0].length);
      const data = event
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).replace(/^ /, ''));
      if (data.length > 0) out.push(data.join('\n'));
    }
  }
}
