import { expect, test } from 'vitest';
import type { DocumentChunk } from '$gen/DocumentChunk';
import type { DocumentEvent } from '$gen/DocumentEvent';
import type { Fact } from '$gen/Fact';
import { around, byChunk, eventEffect, eventLabel, lines, replaced } from './documents';

test('facts stand under their chunk, and those of a chunk that is not there under none', () => {
  const fact = (id: string, chunkId: string | null) => ({ id, chunkId }) as Fact;
  const found = byChunk(
    [fact('1', 'a'), fact('2', 'gone'), fact('3', null), fact('4', 'a')],
    [{ id: 'a' } as DocumentChunk],
  );
  expect(found.get('a')?.map(({ id }) => id)).toEqual(['1', '4']);
  expect(found.get('')?.map(({ id }) => id)).toEqual(['2', '3']);
});

test('what goes along with a replaced text names the edits that are lost, and only when there are some', () => {
  const goes = { facts: 3, edited: 0, invalidated: 0, observations: 0, shared: 0, complete: true };
  const plain = replaced(goes);
  expect(plain).toHaveLength(1);
  expect(plain[0]?.words).toMatch(/^Its 3 facts are replaced/);
  const edited = replaced({ ...goes, edited: 2, invalidated: 1, observations: 4, shared: 1 });
  expect(edited.filter(({ lost }) => lost).map(({ words }) => words)).toEqual([
    'Of these, 2 edited and 1 invalidated by hand: that is lost with the facts that are replaced, and cannot be taken back in Changes any more.',
  ]);
  expect(edited.at(-1)?.words).toBe(
    '4 observations are built on them and made anew, under new ids; 1 of these also on other facts.',
  );
  expect(replaced({ ...goes, facts: 0, complete: false }).map(({ words }) => words)).toEqual([
    'No fact came of it so far.',
    'Observations may be built on them; these are made anew, under new ids.',
  ]);
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
