// Sums say nothing where nobody told; the prefix is blamed on memory only where memory stands at the difference.
import { expect, it } from 'vitest';
import type { MeterTurn } from '$gen/MeterTurn';
import type { PlacementSum } from '$gen/PlacementSum';
import type { RequestDifference } from '$gen/RequestDifference';
import { prefixSaid, ranked, sums, telling } from './meter';

const turn = (over: Partial<MeterTurn>): MeterTurn => ({
  turnId: 't',
  at: '2026-11-20T10:00:00Z',
  model: 'p/m',
  memoryTokens: null,
  memoryUsd: null,
  memoryMs: null,
  input: null,
  cacheRead: null,
  cacheWrite: null,
  usd: null,
  usdEstimated: false,
  ...over,
});

it('adds up what is told, and a figure that nobody told is not zero', () => {
  const turns = [turn({ memoryTokens: 10, cacheRead: 5 }), turn({ memoryTokens: 0 }), turn({})];
  expect(sums(turns)).toMatchObject({ memoryTokens: 10, cacheRead: 5, usd: null, memoryMs: null });
  expect([telling(turns, 'memoryTokens'), telling(turns, 'usd')]).toEqual([2, 0]);
});

const changes = (over: Partial<RequestDifference>): RequestDifference => ({
  sameBytes: 1204,
  first: null,
  firstBefore: null,
  againTokens: 0,
  againUsd: null,
  kept: 1,
  rows: [],
  ...over,
});

it('memory changed the prefix when it stands at the first difference, now or before', () => {
  const memory = { kind: 'memory', index: 1, id: 'a' } as const;
  const history = { kind: 'history', message_id: 'm' } as const;
  expect(prefixSaid(changes({ first: memory, againTokens: 18 }), 9000).exact).toContain('at byte 1,204');
  expect(prefixSaid(changes({ first: memory, againTokens: 18 }), 9000).about).toContain('about 18 tokens');
  const cost = (againUsd: number | null) =>
    prefixSaid(changes({ first: memory, againTokens: 18, againUsd }), 9000).cost;
  expect(cost(null)).toContain('not known');
  expect(cost(0.004)).toContain('about 0.4\u202f¢ more than from');
  expect(cost(0.000_000_1)).toContain('cost under 0.001');
  expect(prefixSaid(changes({ first: memory }), 9000).cost).toBe('');
  expect(prefixSaid(changes({ first: history, firstBefore: memory }), 9000).exact).toContain(
    'Memory changed',
  );
  expect(prefixSaid(changes({ first: history, firstBefore: history }), 9000).exact).toContain('not memory');
  expect(prefixSaid(changes({ sameBytes: 9000 }), 9000).exact).toContain('Nothing');
});

it('the cheapest placement comes first, by money where it is known', () => {
  const sum = (placement: PlacementSum['placement'], input: number, cached: number, usd: number | null) => ({
    placement,
    input,
    cached,
    usd,
    given: 0,
    missed: 0,
  });
  const names = (list: PlacementSum[]) => ranked(list).map((one) => one.placement);
  expect(names([sum('own_block', 100, 10, 2), sum('only_new', 300, 200, 1)])).toEqual([
    'only_new',
    'own_block',
  ]);
  expect(names([sum('own_block', 100, 10, null), sum('only_new', 90, 80, null)])).toEqual([
    'only_new',
    'own_block',
  ]);
});
