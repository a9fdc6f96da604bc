// Whether a mental model is fresh, and when it is refreshed next.
import { expect, it } from 'vitest';
import type { ModelTrigger } from '$gen/ModelTrigger';
import { fallbackWord, freshness, next, outcomeWord } from './freshness';

const told = (
  lastRefreshedAt: string | null,
  lastRefreshFailedAt: string | null,
  isStale: boolean | null,
) => ({
  lastRefreshedAt,
  lastRefreshFailedAt,
  isStale,
});
const EARLY = '2026-11-26T10:00:00Z';
const LATE = '2026-11-27T10:00:00Z';

it('a failure counts until a refresh went well after it', () => {
  expect(freshness(told(EARLY, LATE, false))).toBe('failed');
  expect(freshness(told(LATE, EARLY, false))).toBe('fresh');
  expect(freshness(told(null, EARLY, null))).toBe('failed');
});

it('never refreshed is empty, newer facts make stale, and silence is not known', () => {
  expect(freshness(told(null, null, true))).toBe('empty');
  expect(freshness(told(EARLY, null, true))).toBe('stale');
  expect(freshness(told(EARLY, null, null))).toBe('unknown');
});

it('the next refresh is a time for schedules and words for the rest', () => {
  const trigger = (more: Partial<ModelTrigger>) => more as ModelTrigger;
  const now = new Date('2026-11-27T12:00:00Z');
  expect(next(trigger({ refreshCron: '0 6 * * *' }), now)).toEqual({ at: new Date('2026-11-28T06:00:00Z') });
  expect(next(trigger({ refreshCron: '0 0 31 2 *' }), now)).toMatchObject({
    words: expect.stringContaining('never'),
  });
  expect(next(trigger({ refreshCron: 'daily' }), now)).toMatchObject({
    words: expect.stringContaining('schedule'),
  });
  expect(next(trigger({ refreshAfterConsolidation: true }), now)).toEqual({
    words: 'after the next consolidation',
  });
  expect(next(null, now)).toEqual({ words: 'by hand' });
});

it('words of the server that are not known here are told as they are', () => {
  expect(outcomeWord('content_written')).toBe('the text was written');
  expect(outcomeWord('content_sung')).toBe('content sung');
  expect(fallbackWord('moon_phase')).toBe('moon phase');
});
