// What saved checks say: their state, their expectations, the difference to the run before. Pure.
import type { CheckState } from '$gen/CheckState';
import type { CheckView } from '$gen/CheckView';
import type { Difference } from '$gen/Difference';
import type { Expectation } from '$gen/Expectation';
import { ms } from '$lib/format';

export const STATE_WORDS: Record<CheckState, string> = {
  green: 'Green',
  red: 'Red',
  unknown: 'Could not run',
};

/** What an expectation says, with the fact in its own words. */
export function expectationWords(expectation: Expectation): string {
  switch (expectation.kind) {
    case 'fact':
      return `Expect${expectation.rank ? ` at rank ${expectation.rank} or before` : ''}: ${expectation.text}`;
    case 'never':
      return `Never: ${expectation.text}`;
    case 'max_tokens':
      return `At most ${expectation.n} tokens`;
    case 'max_ms':
      return `At most ${expectation.n} ms`;
    case 'nothing_from':
      return `Nothing from the bank ${expectation.bank}`;
  }
}

/** The difference to the run before, in one line; empty when nothing changed that matters. */
export function differenceWords(now: CheckState, difference: Difference): string {
  const said: string[] = [];
  if (difference.was !== now) said.push(`was ${STATE_WORDS[difference.was].toLowerCase()}`);
  const fresh = difference.moves.filter((move) => move.from === null).length;
  const gone = difference.moves.filter((move) => move.to === null).length;
  const moved = difference.moves.length - fresh - gone;
  if (fresh > 0) said.push(`${fresh} new`);
  if (gone > 0) said.push(`${gone} gone`);
  if (moved > 0) said.push(`${moved} moved`);
  if (difference.tokens !== 0)
    said.push(`${difference.tokens > 0 ? '+' : '−'}${Math.abs(difference.tokens)} tokens`);
  return said.join(' · ');
}

/** How many are green, red and could not run; `never` were not run yet. */
export function tally(views: readonly CheckView[]): Record<CheckState | 'never', number> {
  const sums = { green: 0, red: 0, unknown: 0, never: 0 };
  for (const view of views) sums[view.last?.state ?? 'never'] += 1;
  return sums;
}

/** A span with its sign. */
export const moreMs = (n: number): string => `${n < 0 ? '−' : '+'}${ms(Math.abs(n))}`;
