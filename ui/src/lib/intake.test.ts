import { describe, expect, it } from 'vitest';
import type { Batch } from '$gen/Batch';
import { isDay, labelOf, matching, priced, progress, tally } from './intake';

const conversation = (at: number, title: string, began: string | null, characters: number) => ({
  at,
  title,
  began,
  messages: 2,
  ownCharacters: 1,
  characters,
});
const all = [
  conversation(0, 'Trip to Lisbon', '2024-05-01T00:00:00Z', 10),
  conversation(1, 'Tax form', null, 900),
  conversation(2, 'Lisbon, the second trip', '2025-05-01T00:00:00Z', 30),
];
const batch = (change: Partial<Batch>): Batch => ({
  id: 'b',
  serverId: 's',
  bankId: 'ana',
  label: 'x',
  tag: 'import:b',
  at: '2026-01-01T00:00:00Z',
  state: 'running',
  total: 10,
  stored: 4,
  already: 0,
  failed: 0,
  error: null,
  removed: 0,
  ...change,
});

describe('conversations of an export', () => {
  it('match when every word is in the title', () => {
    expect(matching(all, 'TRIP lisbon', 'title').map(({ at }) => at)).toEqual([2, 0]);
    expect(matching(all, 'rome', 'title')).toEqual([]);
  });

  it('stand by date with undated ones last, by title, or by length', () => {
    expect(matching(all, '', 'date').map(({ at }) => at)).toEqual([2, 0, 1]);
    expect(matching(all, '', 'length').map(({ at }) => at)).toEqual([1, 2, 0]);
  });
});

describe('a batch', () => {
  it('says how far it is, in words and as a share', () => {
    expect(tally(batch({ already: 1, failed: 2 }))).toBe('4 of 10 documents · 1 there before · 2 failed');
    expect(progress(batch({ already: 1, failed: 2 }))).toBe(0.7);
    expect(tally(batch({ state: 'undone', removed: 1 }))).toBe('1 document taken out');
    expect(progress(batch({ state: 'undoing', stored: 0 }))).toBe(0);
  });

  it('is named after its files', () => {
    expect(labelOf([])).toBe('Pasted text');
    expect(labelOf(['a.md'])).toBe('a.md');
    expect(labelOf(['a.md', 'b.md', 'c.md'])).toBe('a.md and 2 more files');
  });
});

describe('a price', () => {
  it('is not known, nothing, or a sum, and says where it comes from', () => {
    expect(priced({ usd: null, model: null, why: 'No model.' })).toBe('Price not known. No model.');
    expect(priced({ usd: 0, model: null, why: 'By rules.' })).toBe('Nothing. By rules.');
    expect(priced({ usd: 0.5, model: 'a/b', why: 'Prices of today.' })).toContain('a/b');
  });
});

describe('a day', () => {
  it('is one that exists', () => {
    expect(isDay('2024-02-29')).toBe(true);
    for (const text of ['2023-02-29', '2024-2-9', 'yesterday', '2024-13-01']) expect(isDay(text)).toBe(false);
  });
});
