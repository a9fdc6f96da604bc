import { expect, test } from 'vitest';
import type { DocumentChunk } from '$gen/DocumentChunk';
import type { DocumentEvent } from '$gen/DocumentEvent';
import type { Fact } from '$gen/Fact';
import { around, byChunk, eventEffect, eventLabel, lines } from './documents';

test('facts stand under their chunk, and those of a chunk that is not there under none', () => {
  const fact = (id: string, chunkId: string | null) => ({ id, chunkId }) as Fact;
  const found = byChunk(
    [fact('1', 'a'), fact('2', 'gone'), fact('3', null), fact('4', 'a')],
    [{ id: 'a' } as DocumentChunk],
  );
  expect(found.get('a')?.map(({ id }) => id)).toEqual(['1', '4']);
  expect(found.get('')?.map(({ id }) => id)).toEqual(['2', '3']);
});

test('an event says what it did and nothing of what it did not', () => {
  const none = { count: 0, ids: [] };
  const event = {
    kind: 'retain',
    factsAdded: 1,
    factsRemoved: 0,
    observationsCreated: { count: 2, ids: [] },
    observationsUpdated: none,
    observationsRemoved: none,
  } as unknown as DocumentEvent;
  expect(eventEffect(event)).toBe('1 fact added, 2 observations made');
  expect(eventLabel('some_new_kind')).toBe('some new kind');
});

test('values of any shape are lines', () => {
  expect(lines({ a: 'x', b: null, c: { d: [1] }, e: false })).toEqual([
    ['a', 'x'],
    ['c', '{"d":[1]}'],
    ['e', 'false'],
  ]);
});

test('a span with bounds that lie cuts nothing off the text', () => {
  for (const span of [null, { start: -5, end: 900 }, { start: 4, end: 1 }, { start: 2, end: 3 }]) {
    expect(around('abcdef', span).join('')).toBe('abcdef');
  }
  expect(around('abcdef', { start: 2, end: 4 })[1]).toBe('cd');
});
