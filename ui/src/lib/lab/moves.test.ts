import { describe, expect, it } from 'vitest';
import { moveWord, rankMoves } from './moves';

const facts = (ids: string) => [...ids].map((id) => ({ id, text: id }));

describe('rank moves', () => {
  it('tell who is new, gone, up, down and where it was', () => {
    const moves = rankMoves(facts('abcd'), facts('cax'));
    expect(moves.map((move) => [move.id, move.a, move.b, moveWord(move)])).toEqual([
      ['c', 3, 1, 'up 2'],
      ['a', 1, 2, 'down 1'],
      ['x', null, 3, 'new'],
      ['b', 2, null, 'gone'],
      ['d', 4, null, 'gone'],
    ]);
  });

  it('are none when both say the same', () => {
    expect(rankMoves(facts('ab'), facts('ab')).map(moveWord)).toEqual(['same', 'same']);
    expect(rankMoves([], [])).toEqual([]);
  });
});
