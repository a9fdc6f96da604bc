import type { TurnRecord } from '$gen/TurnRecord';
import { expect, it } from 'vitest';
import { later } from './record.svelte';

const record = (turnId: string, ended: boolean) =>
  ({ turnId, answer: ended ? { totalMs: 1 } : null }) as unknown as TurnRecord;

it('what was read before the end of a turn does not come back into sight when it ends', () => {
  const [live, early, whole] = [record('t', true), record('t', false), record('t', true)];
  expect(later(live, early)).toBe(live);
  expect(later(live, null)).toBe(live);
  expect(later(live, whole)).toBe(whole);
});

it('another turn, and one that has not ended, are what was read', () => {
  const [live, read, other] = [record('t', false), record('t', false), record('u', false)];
  expect(later(live, read)).toBe(read);
  expect(later(record('t', true), other)).toBe(other);
  expect(later(null, read)).toBe(read);
  expect(later(null, null)).toBeNull();
});
