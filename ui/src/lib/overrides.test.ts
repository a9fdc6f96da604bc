// Overrides of one message or chat: only what differs is set, and an empty list clears.
import { describe, expect, it } from 'vitest';
import { NO_OVERRIDES, chips, incognito, overrides, setOver, takeBack } from './overrides';
import type { Layers } from './overrides';

const below: Layers = [
  { level: 'server', layer: { budget: 'high', recall_tags: ['home'] } },
  { level: 'chat', layer: { mode: 'reflect' } },
];

describe('setting', () => {
  it('sets what differs from the layers below', () => {
    expect(setOver({}, below, 'budget', 'low')).toEqual({ budget: 'low' });
  });
  it('leaves out what they say already', () => {
    expect(setOver({ budget: 'low' }, below, 'budget', 'high')).toEqual({});
    expect(setOver({ inject_memories: false }, below, 'inject_memories', true)).toEqual({});
  });
  it('keeps an empty list that clears one below', () => {
    expect(setOver({}, below, 'recall_tags', [])).toEqual({ recall_tags: [] });
  });
  it('leaves out an empty list where there is none below', () => {
    expect(setOver({ tags: ['x'] }, below, 'tags', [])).toEqual({});
  });
  it('compares objects by content', () => {
    expect(setOver({}, below, 'max_memories', { kind: 'none' })).toEqual({});
  });
  it('keeps the other settings', () => {
    expect(setOver({ mode: 'recall' }, below, 'budget', 'low')).toEqual({ mode: 'recall', budget: 'low' });
  });
});

describe('chips', () => {
  it('are none when nothing is different', () => expect(chips(NO_OVERRIDES)).toEqual([]));
  it('say both halves off in one', () => {
    const over = { bankId: null, settings: { inject_memories: false, store_conversations: false } };
    expect(chips(over).map(({ words }) => words)).toEqual(['Incognito for this message']);
  });
  it('say one half, the bank and a cleared list', () => {
    const over = { bankId: 'work', settings: { store_conversations: false, recall_tags: [] } };
    expect(chips(over).map(({ words }) => words)).toEqual(['bank work', 'not stored', 'recall tags: none']);
  });
  it('take back what they stand for and nothing else', () => {
    const over = {
      bankId: 'work',
      settings: { inject_memories: false, store_conversations: false, budget: 'low' },
    } as const;
    const [both, bank] = chips(over);
    if (!both || !bank) throw new Error('two chips were expected');
    expect(takeBack(over, both)).toEqual({ bankId: 'work', settings: { budget: 'low' } });
    expect(takeBack(over, bank).bankId).toBeNull();
  });
});

it('a bank alone is an override', () => {
  expect(overrides({ bankId: 'work', settings: {} })).toBe(true);
  expect(overrides(NO_OVERRIDES)).toBe(false);
});

it('incognito needs both halves off, on any level', () => {
  const off: Layers = [{ level: 'chat', layer: { inject_memories: false } }];
  expect(incognito(off)).toBe(false);
  expect(incognito([...off, { level: 'message', layer: { store_conversations: false } }])).toBe(true);
});
