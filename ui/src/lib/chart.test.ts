// Scales end on round numbers, stacks hide lies, logs get their holes back.
import { expect, it } from 'vitest';
import { filled, labelled, stack, stepOf, ticks, total } from './chart';

it('a scale ends at a round number at or above the most, in whole steps', () => {
  for (const [most, end] of [
    [1, 1],
    [3, 3],
    [7, 8],
    [10, 10],
    [187, 200],
    [999, 1000],
    [100_000, 100_000],
  ] as const) {
    const scale = ticks(most);
    expect(scale[0]).toBe(0);
    expect(scale.at(-1)).toBe(end);
    expect(scale.length).toBeLessThanOrEqual(6);
    expect(scale.every(Number.isInteger)).toBe(true);
  }
});

it('nothing, and what is no number, has a scale all the same', () => {
  for (const most of [0, -3, Number.NaN, Number.POSITIVE_INFINITY]) expect(ticks(most)).toEqual([0, 1]);
});

it('a bar is stacked in the order of the series and counts that lie count nothing', () => {
  const counts = { world: 2, experience: -4, observation: 3, other: Number.NaN };
  const bucket = { time: '2026-11-27T00:00:00Z', counts };
  const keys = ['observation', 'experience', 'world', 'other', 'missing'];
  expect(stack(bucket, keys)).toEqual([
    { key: 'observation', from: 0, to: 3 },
    { key: 'world', from: 3, to: 5 },
  ]);
  expect(total(bucket, keys)).toBe(5);
});

it('a log without its empty days gets them back, up to now', () => {
  const now = Date.parse('2026-11-27T12:00:00Z');
  const buckets = [{ time: '2026-11-25T00:00:00+00:00', counts: { recall: 2 } }];
  const whole = filled(buckets, '2026-11-24T09:30:00Z', 'day', now);
  expect(whole.map(({ time }) => time.slice(0, 10))).toEqual([
    '2026-11-24',
    '2026-11-25',
    '2026-11-26',
    '2026-11-27',
  ]);
  expect(whole[1]?.counts).toEqual({ recall: 2 });
});

it('a start that is no time, or ages ago, costs no memory', () => {
  const now = Date.parse('2026-11-27T12:00:00Z');
  expect(filled([], 'soon', 'hour', now)).toEqual([]);
  expect(filled([{ time: 'never', counts: {} }], null, 'hour', now)).toEqual([]);
  expect(filled([], '0001-01-01T00:00:00Z', 'minute', now)).toHaveLength(400);
});

it('labels stand evenly and the last bar always has one', () => {
  expect([...labelled(7, 10)]).toHaveLength(7);
  const some = labelled(30, 6);
  expect(some.has(29)).toBe(true);
  expect(some.size).toBeLessThanOrEqual(6);
  expect(labelled(0, 5).size).toBe(0);
});

it('a word for a step that is none is a day', () => {
  expect([stepOf('minute'), stepOf('hour'), stepOf('week'), stepOf(null)]).toEqual([
    'minute',
    'hour',
    'day',
    'day',
  ]);
});
