import { expect, it } from 'vitest';
import { walk } from './walk';

const press = (key: string, held: object = {}) => ({
  key,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...held,
});
const list = { at: 3, rows: 20, page: 12 };

it('walks by one, by a page and to the ends, and never past them', () => {
  const to = (key: string, from = list) => walk(press(key), from);
  expect(['ArrowDown', 'j', 'ArrowUp', 'k'].map((key) => to(key))).toEqual([4, 4, 2, 2]);
  expect(['PageDown', 'PageUp', 'Home', 'End'].map((key) => to(key))).toEqual([15, 0, 0, 19]);
  expect(to('PageDown', { ...list, at: 18 })).toBe(19);
});

it('leaves other keys, shortcuts of the window and empty lists alone', () => {
  expect(walk(press('Enter'), list)).toBeNull();
  expect(walk(press('ArrowDown', { ctrlKey: true }), list)).toBeNull();
  expect(walk(press('j', { metaKey: true }), list)).toBeNull();
  expect(walk(press('ArrowDown'), { ...list, rows: 0 })).toBeNull();
});
