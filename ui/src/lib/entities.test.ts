import { expect, test } from 'vitest';
import type { Entity } from '$gen/Entity';
import type { Fact } from '$gen/Fact';
import { found, inTime, searchable } from './entities';
import type { EntityOrder } from './entities';

const entity = (canonicalName: string, more: Partial<Entity> = {}): Entity => ({
  id: canonicalName,
  canonicalName,
  mentionCount: null,
  firstSeen: null,
  lastSeen: null,
  metadata: {},
  ...more,
});
const names = (entities: Entity[], typed: string, order: EntityOrder) =>
  found(searchable(entities), typed, order).map((one) => one.canonicalName);

test('every word must be in the name, without case and accents', () => {
  const all = [entity('Zoë Müller'), entity('Zoe Smith'), entity('Muller & Sons')];
  expect(names(all, 'muller ZOE', { by: 'name', up: true })).toEqual(['Zoë Müller']);
  expect(names(all, '  ', { by: 'name', up: true })).toHaveLength(3);
  expect(names(all, '.*', { by: 'name', up: true })).toEqual([]);
});

test('what has no number or date comes last in both orders', () => {
  const all = [
    entity('a', { mentionCount: 1, lastSeen: '2026-01-01T00:00:00Z' }),
    entity('b'),
    entity('c', { mentionCount: 9, lastSeen: 'never' }),
  ];
  expect(names(all, '', { by: 'mentions', up: false })).toEqual(['c', 'a', 'b']);
  expect(names(all, '', { by: 'mentions', up: true })).toEqual(['a', 'c', 'b']);
  expect(names(all, '', { by: 'last', up: true })).toEqual(['a', 'b', 'c']);
});

test('names sort as people count', () => {
  expect(names([entity('Room 10'), entity('room 9')], '', { by: 'name', up: true })).toEqual([
    'room 9',
    'Room 10',
  ]);
});

const fact = (id: string, occurredStart: string | null) =>
  ({ id, text: id, occurredStart, mentionedAt: '2026-05-01T00:00:00Z' }) as Fact;

test('facts stand under their month, and those without a date of their own at the end, counted', () => {
  const rows = inTime([
    fact('old', '2024-03-02T10:00:00Z'),
    fact('none', null),
    fact('new', '2026-03-02T10:00:00Z'),
    fact('broken', 'some day'),
    fact('newer', '2026-03-09T10:00:00Z'),
  ]);
  const told = rows.map((row) => (row.kind === 'heading' ? `# ${row.count}` : row.key));
  expect(told).toEqual(['# 2', 'newer', 'new', '# 1', 'old', '# 2', 'none', 'broken']);
});
