import { expect, test } from 'vitest';
import type { Fact } from '$gen/Fact';
import type { StripBar } from '$gen/StripBar';
import { barAt, barLabel, heights, locate, rowsOf, timeOf } from './timeline';

const bar = (year: number, count: number): StripBar => ({
  from: `${year}-01-01T00:00:00Z`,
  to: `${year + 1}-01-01T00:00:00Z`,
  count,
});
const bars = [bar(2023, 5), bar(2024, 0), bar(2025, 250), bar(2026, 3)];

test('the latest bar holds the first rows, and a page never leaves its bar', () => {
  expect(rowsOf(bars)).toBe(258);
  expect(locate(bars, 0)).toMatchObject({ bar: bar(2026, 3), offset: 0, first: 0, count: 3 });
  expect(locate(bars, 3)).toMatchObject({ bar: bar(2025, 250), offset: 0, first: 3, count: 100 });
  expect(locate(bars, 252)).toMatchObject({ offset: 200, first: 203, count: 50 });
  expect(locate(bars, 253)).toMatchObject({ bar: bar(2023, 5), offset: 0, first: 253, count: 5 });
  expect(locate(bars, 258)).toBeNull();
  expect(locate([], 0)).toBeNull();
});

test('every row is on exactly one page', () => {
  for (let row = 0; row < 258; row += 1) {
    const place = locate(bars, row);
    expect(place && row >= place.first && row < place.first + place.count).toBe(true);
  }
});

test('a date finds its bar and the rows above it', () => {
  expect(barAt(bars, Date.parse('2025-06-01T00:00:00Z'))).toEqual({ bar: bar(2025, 250), before: 3 });
  expect(barAt(bars, Date.parse('2019-06-01T00:00:00Z'))).toBeNull();
  expect(barAt(bars, Date.parse('2031-06-01T00:00:00Z'))).toBeNull();
});

test('a time that is no time is none', () => {
  expect(timeOf({ occurredStart: 'soon' } as Fact, 'occurred_start')).toBeNull();
  expect(timeOf({ mentionedAt: '2026-01-01T00:00:00Z' } as Fact, 'mentioned_at')).toBe(
    '2026-01-01T00:00:00Z',
  );
});

test('a single fact beside a thousand is still to be seen, and nothing is nothing', () => {
  expect(heights([bar(2024, 1), bar(2025, 1000), bar(2026, 0)])).toEqual([0.06, 1, 0]);
});

test('bars are called by what they are', () => {
  const march = {
    from: new Date(2026, 2, 1).toISOString(),
    to: new Date(2026, 3, 1).toISOString(),
    count: 1,
  };
  expect(barLabel(march, 'month')).toContain('2026');
  expect(barLabel({ ...march, to: new Date(2027, 2, 1).toISOString() }, 'year')).toBe('2026');
});
