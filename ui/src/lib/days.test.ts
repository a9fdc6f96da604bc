import { expect, it } from 'vitest';
import type { Chat } from '$gen/Chat';
import { rowsOf, span } from './days';

const now = new Date(2026, 10, 20, 9, 0);
const at = (...parts: [number, number, number, number]) => new Date(...parts).toISOString();

it('heads chats by the day they were last used, in local time', () => {
  expect([
    span(at(2026, 10, 20, 0), now),
    span(at(2026, 10, 19, 23), now),
    span(at(2026, 10, 14, 8), now),
    span(at(2026, 10, 2, 8), now),
    span(at(2025, 10, 2, 8), now),
  ]).toEqual(['Today', 'Yesterday', 'Previous 7 days', 'November', 'November 2025']);
});

it('puts a heading where a new span begins, and nowhere else', () => {
  const chats = [
    { id: 'a', updatedAt: at(2026, 10, 20, 8) },
    { id: 'b', updatedAt: at(2026, 10, 20, 7) },
    { id: 'c', updatedAt: at(2026, 10, 19, 7) },
  ] as Chat[];
  expect(rowsOf(chats, now).map((row) => (row.kind === 'heading' ? row.label : row.chat.id))).toEqual([
    'Today',
    'a',
    'b',
    'Yesterday',
    'c',
  ]);
});
