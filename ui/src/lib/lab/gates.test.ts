import { describe, expect, it } from 'vitest';
import type { WhyGate } from '$gen/WhyGate';
import { changeSentence, gateSentence } from './gates';

describe('a gate', () => {
  it('says its numbers in full and never a percentage', () => {
    const gates: WhyGate[] = [
      { kind: 'tokens', over: 1, rank: 3, maxTokens: 12 },
      { kind: 'lane_floor', arm: 'semantic', floor: null, score: 0.21345678 },
      { kind: 'no_lane', budget: 100, ranks: { bm25: 131 } },
      { kind: 'final_floor', which: 'final', floor: 0.5, score: 0.4999 },
      { kind: 'cap', stage: 'rerank', rank: 7, most: 4 },
    ];
    const said = gates.map(gateSentence);
    expect(said[0]).toBe('1 more token would have let it in; 12 were allowed.');
    expect(said[1]).toContain('0.21345678');
    expect(said[2]).toBe('It is in no arm’s best 100. With more candidates: Keyword 131.');
    expect(said[3]).toContain('0.4999');
    expect(said[4]).toBe('It stands at 7 of the order; at most 4 are answered.');
    expect(said.join(' ')).not.toContain('%');
  });

  it('says that the window ranks and does not filter', () => {
    expect(gateSentence({ kind: 'window', start: 'a', end: 'b' })).toContain('ranks; it does not filter');
  });
});

describe('a change', () => {
  it('says what becomes what, and that an empty list of types means all', () => {
    expect(changeSentence({ field: 'max_tokens', from: 20, to: 45 })).toBe('max_tokens: 20 → 45');
    expect(changeSentence({ field: 'types', from: ['observation'], to: [] })).toBe(
      'types: observation → all',
    );
    expect(changeSentence({ field: 'temporal_window', from: { start: 'a' }, to: null })).toContain('out');
  });
});
