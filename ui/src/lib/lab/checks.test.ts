import { describe, expect, it } from 'vitest';
import type { Difference } from '$gen/Difference';
import { differenceWords, expectationWords, moreMs, tally } from './checks';

const same: Difference = { was: 'green', moves: [], tokens: 0, ms: 0 };
const move = (from: number | null, to: number | null) => ({ id: 'a', text: 'a', from, to });

describe('checks', () => {
  it('say what changed since the run before and nothing when nothing did', () => {
    expect(differenceWords('green', same)).toBe('');
    expect(
      differenceWords('red', { ...same, moves: [move(null, 1), move(2, null), move(1, 3)], tokens: -4 }),
    ).toBe('was green · 1 new · 1 gone · 1 moved · −4 tokens');
  });

  it('say what they expect', () => {
    expect(expectationWords({ kind: 'fact', text: 'Ana sails.', rank: 3 })).toBe(
      'Expect at rank 3 or before: Ana sails.',
    );
    expect(expectationWords({ kind: 'nothing_from', bank: 'b' })).toBe('Nothing from the bank b');
  });

  it('are counted by state, those that never ran apart', () => {
    expect(tally([])).toEqual({ green: 0, red: 0, unknown: 0, never: 0 });
    expect(moreMs(-3)).toMatch(/^−3/);
  });
});
