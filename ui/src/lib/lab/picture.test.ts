import { describe, expect, it } from 'vitest';
import type { Candidate } from '$gen/Candidate';
import type { Fate } from '$gen/Fate';
import type { Stages } from '$gen/Stages';
import { armsOf, cuts, digits, fateWord, line, picture } from './picture';

function candidate(id: string, rank: number | null, fate: Fate, arms: Candidate['arms'] = {}): Candidate {
  return {
    id,
    text: id,
    factType: 'world',
    arms,
    fusedRank: rank,
    fusedScore: null,
    rank,
    score: null,
    factors: [],
    parts: [],
    repeats: null,
    tokens: 1,
    fate,
  };
}

const place = (rank: number) => ({ rank, kindRank: null, score: null, scoreName: null });

function stages(candidates: Candidate[], make: Stages['make'] = 'reranked'): Stages {
  return {
    make,
    query: null,
    arms: [],
    candidates,
    phases: [],
    seconds: null,
    tokens: 0,
    maxTokens: null,
    most: null,
  };
}

describe('the picture of a trace', () => {
  it('places each candidate in each stage it came to, without gaps', () => {
    const drawn = picture(
      stages([
        candidate('a', 1, { kind: 'answered', rank: 1 }, { bm25: place(9) }),
        candidate('b', 2, { kind: 'tokens', over: 3 }, { semantic: place(1) }),
        candidate('c', 3, { kind: 'answered', rank: 2 }, { semantic: place(2) }),
        candidate('d', null, { kind: 'prefiltered' }, { bm25: place(300) }),
      ]),
      10,
    );
    expect(drawn.stages.map((one) => [one.id, one.count])).toEqual([
      ['arms', 4],
      ['fusion', 3],
      ['rerank', 3],
      ['answer', 2],
    ]);
    expect(drawn.rows.map((row) => Object.values(row.at))).toEqual([
      [2, 0, 0, 0],
      [0, 1, 1, null],
      [1, 2, 2, 1],
      [3, null, null, null],
    ]);
  });

  it('leaves out stages that nobody computed and counts what is not drawn', () => {
    const untraced = picture(stages([candidate('a', null, { kind: 'answered', rank: 1 })], 'untraced'), 10);
    expect(untraced.stages.map((one) => one.id)).toEqual(['answer']);
    const many = Array.from({ length: 300 }, (_, n) =>
      candidate(`${n}`, n + 1, { kind: 'answered', rank: n + 1 }),
    );
    expect(picture(stages(many), 40)).toMatchObject({ left: 260 });
    expect(picture(stages([]), 40).rows).toEqual([]);
  });

  it('draws every answer, also one that stands behind what fell out', () => {
    const far = Array.from({ length: 50 }, (_, n) =>
      candidate(
        `${n}`,
        n + 1,
        n === 0 || n === 49 ? { kind: 'answered', rank: n === 0 ? 1 : 2 } : { kind: 'tokens', over: 1 },
      ),
    );
    const drawn = picture(stages(far), 10);
    expect(drawn.rows.map((row) => row.candidate.id)).toEqual([...'0123456789'].concat('49'));
    expect(drawn.left).toBe(39);
  });

  it('names what the engine here computes in place of a rerank', () => {
    const summed = picture(stages([candidate('a', 1, { kind: 'answered', rank: 1 })], 'summed'), 9);
    expect(summed.stages.map((one) => one.label)).toEqual(['Sum', 'Order', 'Answer']);
  });

  it('counts what each cut took', () => {
    const all = stages([
      candidate('a', 1, { kind: 'tokens', over: 1 }),
      candidate('b', 2, { kind: 'tokens', over: 4 }),
      candidate('c', 3, { kind: 'not_known' }),
    ]);
    expect(cuts(all)).toEqual([
      { label: 'Did not fit', count: 2 },
      { label: 'Not known', count: 1 },
    ]);
    expect(fateWord({ kind: 'tokens', over: 1 })).toBe('1 token over');
  });

  it('orders arms as they are known and keeps strange ones', () => {
    const strange = candidate(
      'a',
      1,
      { kind: 'not_known' },
      { zeta: place(1), temporal: place(1), semantic: place(1) },
    );
    expect(armsOf(stages([strange]))).toEqual(['semantic', 'temporal', 'zeta']);
  });

  it('draws lines that leave and arrive level', () => {
    expect(line(0, 10, 40, 30)).toBe('M0 10C20 10 20 30 40 30');
  });

  it('shortens numbers without making any up', () => {
    expect([0.9199999999, 0.03278688, 0.00021, 12.5, 4096.2, 0].map(digits)).toEqual([
      '0.92',
      '0.033',
      '2.1e-4',
      '12.5',
      '4096',
      '0',
    ]);
  });
});
