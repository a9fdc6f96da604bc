import { describe, expect, it } from 'vitest';
import type { FoundFact } from '$gen/FoundFact';
import { changesOf, next, retired } from './review';
import type { Pair } from './review';

const fact = (id: string) => ({ id, text: id }) as FoundFact;
const pair = (left: string, right: string, kind: Pair['kind'] = 'near_duplicate'): Pair => ({
  kind,
  left: fact(left),
  right: fact(right),
  why: '',
});

const queue = [pair('a', 'b'), pair('b', 'c'), pair('d', 'e', 'superseded'), pair('a', 'f')];

describe('retired', () => {
  it('retires the fact that is not kept, with what it stands behind as the reason', () => {
    const gone = retired(queue, [
      { at: 0, choice: 'left' },
      { at: 2, choice: 'right' },
      { at: 3, choice: 'both' },
    ]);
    expect([...gone]).toEqual([
      ['b', 'duplicate of a'],
      ['d', 'superseded by e'],
    ]);
  });
});

describe('next', () => {
  it('passes over pairs that are decided or of which one fact is gone', () => {
    expect(next(queue, [])).toBe(0);
    expect(next(queue, [{ at: 0, choice: 'left' }])).toBe(2);
    expect(next(queue, [{ at: 0, choice: 'both' }])).toBe(1);
    expect(next(queue, [{ at: 0, choice: 'right' }])).toBe(1);
  });

  it('is -1 at the end', () => {
    expect(
      next(
        queue,
        [0, 1, 2, 3].map((at) => ({ at, choice: 'skip' as const })),
      ),
    ).toBe(-1);
  });
});

describe('changesOf', () => {
  it('makes one change for each retired fact', () => {
    expect(changesOf(queue, [{ at: 0, choice: 'left' }])).toEqual([
      { id: 'b', patch: { state: 'invalidated', reason: 'duplicate of a' } },
    ]);
  });
});
