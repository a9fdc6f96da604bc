import { describe, expect, it } from 'vitest';
import {
  HERE,
  NO_FILTERS,
  USUAL_SORT,
  chips,
  plan,
  planNeedsTotal,
  request,
  unfiltered,
  without,
} from './memoryFilter';
import type { Filters } from './memoryFilter';

const filters = (change: Partial<Filters>): Filters => ({ ...NO_FILTERS, ...change });

describe('what a server is asked', () => {
  it('is nothing when nothing is filtered', () => {
    expect(request(NO_FILTERS, null)).toEqual({});
    expect(unfiltered(NO_FILTERS)).toBe(true);
  });

  it('never lets untagged facts through a filter by tag, as the server would', () => {
    expect(request(filters({ tags: ['a b'] }), null)).toEqual({ tags: ['a b'], tagsMatch: 'any_strict' });
  });

  it('counts the last day in, in the time zone of the person', () => {
    const asked = request(
      filters({ from: '2026-11-20', to: '2026-11-20', clock: 'occurred_start' }),
      'occurred_start',
    );
    expect(asked.timeField).toBe('occurred_start');
    expect(Date.parse(asked.endDate ?? '') - Date.parse(asked.startDate ?? '')).toBe(86_400_000);
    expect(new Date(asked.startDate ?? '').getHours()).toBe(0);
  });

  it('has the words without the blanks around them', () => {
    expect(request(filters({ text: '  Lisbon ' }), null)).toEqual({ q: 'Lisbon' });
    expect(request(filters({ text: '   ' }), null)).toEqual({});
  });
});

describe('the order', () => {
  it('is the usual one of the server for mention, which leaves nothing out', () => {
    expect(plan(NO_FILTERS, USUAL_SORT, 100_000)).toEqual({
      here: false,
      field: null,
      up: false,
      refused: null,
      leavesOut: false,
    });
    expect(planNeedsTotal(NO_FILTERS, USUAL_SORT)).toBe(false);
  });

  it('is made here by any column while all that match can be here', () => {
    for (const by of ['text', 'type', 'entities', 'tags', 'evidence', 'document', 'occurred'] as const) {
      expect(plan(NO_FILTERS, { by, up: false }, HERE)).toMatchObject({
        here: true,
        refused: null,
        leavesOut: false,
      });
    }
  });

  it('is refused with the reason where the server cannot and there are too many', () => {
    expect(plan(NO_FILTERS, { by: 'text', up: false }, HERE + 1).refused).toContain('2,000');
    expect(plan(NO_FILTERS, { by: 'text', up: false }, null).refused).not.toBeNull();
  });

  it('by the time it happened leaves out what has none, and says so, when there are many', () => {
    const many = plan(NO_FILTERS, { by: 'occurred', up: false }, HERE + 1);
    expect(many).toMatchObject({ here: false, field: 'occurred_start', leavesOut: true });
  });

  it('from the other end needs to know how many there are', () => {
    expect(planNeedsTotal(NO_FILTERS, { by: 'mentioned', up: true })).toBe(true);
    expect(plan(NO_FILTERS, { by: 'stored', up: true }, 100_000)).toMatchObject({
      field: 'created_at',
      up: true,
    });
  });

  it('follows the clock of a range of dates, as a server knows one time for both', () => {
    const ranged = filters({ from: '2026-01-01', clock: 'occurred_start' });
    expect(plan(ranged, { by: 'stored', up: false }, 100_000)).toMatchObject({ field: 'occurred_start' });
    expect(plan(ranged, { by: 'stored', up: false }, 100_000).refused).toContain('occurred');
    expect(plan(ranged, USUAL_SORT, 50)).toMatchObject({
      here: true,
      field: 'occurred_start',
      refused: null,
    });
  });
});

describe('chips', () => {
  const all = filters({
    text: ' tea ',
    type: 'world',
    tags: ['a', 'b'],
    tagsMatch: 'all_strict',
    entity: { id: 'e', name: 'Ana' },
    document: 'd/1',
    from: '2026-11-01',
    to: '2026-11-02',
    state: 'invalidated',
    consolidation: 'failed',
  });

  it('say every filter that is on', () => {
    expect(chips(all).map(({ label }) => label)).toEqual([
      '“tea”',
      'world',
      'all of: tag a',
      'all of: tag b',
      'entity Ana',
      'document d/1',
      'mentioned from 2026-11-01 to 2026-11-02',
      'invalidated',
      'consolidation failed',
    ]);
  });

  it('take away just what they stand for', () => {
    let left = all;
    for (const chip of chips(all)) {
      const before = chips(left).length;
      left = without(left, chip.name, chip.tag);
      expect(chips(left)).toHaveLength(before - 1);
    }
    expect(unfiltered(left)).toBe(true);
  });
});
