// What a schedule says, when it runs, and what is none.
import { expect, it } from 'vitest';
import { schedule } from './schedule';

const FRIDAY = new Date('2026-11-20T10:15:40Z');
const runs = (text: string) => schedule(text, 2, FRIDAY)?.next.map((at) => at.toISOString().slice(0, 16));

it('a schedule is said in words', () => {
  expect(schedule('0 6 * * *', 1, FRIDAY)?.words).toBe('At 06:00');
  expect(schedule('*/20 9-17 * * mon-fri', 1, FRIDAY)?.words).toBe(
    'Every 20 minutes, between 09:00 and 17:59, Monday through Friday',
  );
});

it('lists, steps and both days are said too', () => {
  const words = (text: string) => schedule(text, 1, FRIDAY)?.words;
  expect(words('5 */2 1,15 jan-mar *')).toBe(
    'At minute 5 of the hour, every 2 hours, on day 1 and 15 of the month, in January through March',
  );
  expect(words('0 0 13 * fri')).toBe('At 00:00, on day 13 of the month, or Friday');
  expect(words('30 8 * * 7')).toBe('At 08:30, Sunday');
});

it('the next runs are in UTC, wherever the person is', () => {
  expect(runs('0 6 * * *')).toEqual(['2026-11-21T06:00', '2026-11-22T06:00']);
  expect(runs('30 8 * * 7')).toEqual(['2026-11-22T08:30', '2026-11-29T08:30']);
  expect(runs('*/20 9-17 * * mon-fri')).toEqual(['2026-11-20T10:20', '2026-11-20T10:40']);
});

it('with both days narrowed either fits, as the server has it', () => {
  expect(runs('0 0 13 * fri')).toEqual(['2026-11-27T00:00', '2026-12-04T00:00']);
});

it('what is no schedule is none, also where a library would take it', () => {
  for (const text of [
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '@daily',
    'x * * * *',
    '0 0 L * *',
    '? * * * *',
  ])
    expect(schedule(text), text).toBeNull();
});

it('a day that never comes has no next run and does not hang', () => {
  expect(schedule('0 0 31 2 *', 3, FRIDAY)?.next).toEqual([]);
});
