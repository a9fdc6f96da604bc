import { describe, expect, it } from 'vitest';
import type { Fact } from '$gen/Fact';
import { COLUMNS, NO_WISHES, fitting, resized, sorted, stateWord, toggled } from './memoryColumns';

const fact = (change: Partial<Fact>): Fact => ({
  id: '1',
  text: '',
  factType: 'world',
  context: null,
  entities: [],
  occurredStart: null,
  occurredEnd: null,
  mentionedAt: null,
  documentId: null,
  chunkId: null,
  tags: [],
  metadata: {},
  proofCount: null,
  sourceMemoryIds: [],
  state: 'valid',
  invalidationReason: null,
  invalidatedAt: null,
  editedAt: null,
  createdAt: null,
  updatedAt: null,
  consolidatedAt: null,
  consolidationFailedAt: null,
  ...change,
});

describe('columns', () => {
  it('leave one by one when there is no room, the text and the type never', () => {
    let before = COLUMNS.length;
    for (let room = 2000; room > 0; room -= 100) {
      const { columns, left } = fitting(NO_WISHES, room);
      expect(columns.length).toBeLessThanOrEqual(before);
      expect(columns.map(({ id }) => id)).toEqual(expect.arrayContaining(['type', 'text']));
      expect(columns.length + left.length).toBe(COLUMNS.filter(({ usual }) => usual).length);
      before = columns.length;
    }
    expect(before).toBe(2);
  });

  it('are shown and hidden against the usual, and back', () => {
    const hidden = toggled(NO_WISHES, 'tags');
    expect(fitting(hidden, 4000).columns.map(({ id }) => id)).not.toContain('tags');
    expect(toggled(hidden, 'tags')).toEqual(NO_WISHES);
    expect(fitting(toggled(NO_WISHES, 'changed'), 4000).columns.map(({ id }) => id)).toContain('changed');
  });

  it('keep a width within reason, and lose it again', () => {
    expect(resized(NO_WISHES, 'tags', 3).widths.tags).toBe(40);
    expect(resized(NO_WISHES, 'tags', 1e9).widths.tags).toBe(600);
    expect(resized(resized(NO_WISHES, 'tags', 99), 'tags', null)).toEqual(NO_WISHES);
  });
});

describe('sorting here', () => {
  const ids = (facts: Fact[]) => facts.map(({ id }) => id).join('');
  const facts = [
    fact({ id: 'a', text: 'item 10', occurredStart: '2026-01-02T00:00:00Z', proofCount: 2 }),
    fact({ id: 'b', text: 'Item 9', occurredStart: null, proofCount: 10 }),
    fact({ id: 'c', text: 'zebra', occurredStart: '2025-12-31T23:00:00-05:00', proofCount: null }),
    fact({ id: 'd', text: 'apple', occurredStart: 'no date', proofCount: 1 }),
  ];

  it('orders words as people do', () => {
    expect(ids(sorted(facts, { by: 'text', up: true }))).toBe('dbac');
  });

  it('compares moments and not their spelling, and puts what has none last both ways', () => {
    expect(ids(sorted(facts, { by: 'occurred', up: true }))).toBe('cabd');
    expect(ids(sorted(facts, { by: 'occurred', up: false }))).toBe('acbd');
  });

  it('compares counts as numbers', () => {
    expect(ids(sorted(facts, { by: 'evidence', up: false }))).toBe('badc');
  });
});

it('says the state that matters most', () => {
  expect(stateWord(fact({ state: 'invalidated', consolidatedAt: 'x' }))).toBe('invalidated');
  expect(stateWord(fact({ consolidationFailedAt: 'x' }))).toBe('failed');
  expect(stateWord(fact({ consolidatedAt: 'x' }))).toBe('consolidated');
  expect(stateWord(fact({}))).toBe('waits');
  expect(stateWord(fact({ factType: 'observation' }))).toBe('');
});
