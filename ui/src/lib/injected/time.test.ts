import { describe, expect, it } from 'vitest';
import type { ThenNowRow } from '$gen/ThenNowRow';
import { became, beside, came, happened, learned, notAgain, since, sum } from './time';

const NOW = Date.parse('2026-11-28T10:00:00Z');
const row = (more: Partial<ThenNowRow>): ThenNowRow => ({
  id: 'a',
  wasId: null,
  factType: 'world',
  had: null,
  gets: null,
  then: { kind: 'known', text: 'words' },
  now: { kind: 'known', text: 'words' },
  happenedFrom: null,
  happenedTo: null,
  learned: null,
  ...more,
});
const up = { rank: 1, place: 1 };

describe('then and now', () => {
  it('are told apart by which answer has it', () => {
    const rows = [
      row({ id: 'same', had: up, gets: up }),
      row({ id: 'edited', had: up, gets: up, now: { kind: 'known', text: 'others' } }),
      row({ id: 'then', had: up }),
      row({ id: 'now', gets: up }),
    ];
    const groups = beside(rows);
    expect(
      [groups.onlyThen, groups.onlyNow, groups.edited, groups.same].map((group) =>
        group.map((one) => one.id),
      ),
    ).toEqual([['then'], ['now'], ['edited'], ['same']]);
    expect(sum(groups)).toBe('1 only then · 1 only now · 1 in other words · 1 as they were');
  });

  it('say why a memory comes no more', () => {
    const retired = { kind: 'retired', at: '2026-11-28T09:00:00Z', reason: 'wrong' } as const;
    expect(became(row({ had: up, now: retired }), NOW)).toBe('invalidated 1 h ago: wrong');
    expect(became(row({ had: up, now: { kind: 'gone' } }), NOW)).toBe('gone from the bank');
    expect(became(row({ had: up, now: { kind: 'not_known' } }), NOW)).toBe('what became of it is not known');
    expect(became(row({ had: up }), NOW)).toBe('still there, and not returned any more');
    expect(became(row({ had: up, now: { kind: 'known', text: 'others' } }), NOW)).toContain('edited since');
  });

  it('say why a memory comes only now, and never guess', () => {
    expect(became(row({ gets: up, then: { kind: 'not_yet' } }), NOW)).toBe('learned since');
    expect(became(row({ gets: up, then: { kind: 'retired' } }), NOW)).toContain('restored since');
    expect(became(row({ gets: up, then: { kind: 'otherwise' } }), NOW)).toContain('not kept');
    expect(became(row({ gets: up, then: { kind: 'not_known' } }), NOW)).toContain('not known');
    expect(became(row({ gets: up }), NOW)).toBe('was there, and was not returned');
    // A reflect returns no memories; it names some.
    expect(became(row({ gets: up }), NOW, 'named')).toBe('was there, and was not named');
    expect(became(row({ had: up }), NOW, 'named')).toBe('still there, and not named any more');
  });

  it('say when the same memory reads otherwise, or was made anew', () => {
    expect(became(row({ had: up, gets: up }), NOW)).toBe('');
    expect(became(row({ had: up, gets: up, now: { kind: 'known', text: 'x' } }), NOW)).toBe('edited since');
    expect(became(row({ had: up, gets: up, wasId: 'b' }), NOW)).toContain('made anew');
  });

  it('tell ranks, pins and what was kept out', () => {
    expect([
      came({ rank: 2, place: 1 }),
      came({ rank: 9, place: null }),
      came({ rank: null, place: 1 }),
    ]).toEqual(['2', '9, kept out', 'pinned']);
  });
});

describe('the two clocks', () => {
  it('are named each by itself', () => {
    const of = row({ happenedFrom: '2026-02-03T00:00:00Z', happenedTo: '2026-02-05T23:59:59Z' });
    expect(happened(of)).toBe('happened 2026-02-03 to 2026-02-05');
    expect(happened(row({}))).toBe('happened: not dated');
    expect(learned(row({ learned: '2026-11-28T09:00:00Z' }), NOW)).toBe('learned 1 h ago');
  });

  it('show which side of the turn a time lies on that nobody tells, and nothing else', () => {
    expect(learned(row({ then: { kind: 'not_yet' } }), NOW)).toBe(
      'learned after this turn, when is not told',
    );
    expect(learned(row({ then: { kind: 'retired' } }), NOW)).toBe(
      'learned before this turn, when is not told',
    );
    expect(learned(row({ then: { kind: 'not_known' } }), NOW)).toBe('learned: not known');
  });
});

describe('a bank then', () => {
  it('says what became of each memory', () => {
    const known = (more: Partial<ThenNowRow>) => since({ ...row(more) }, NOW);
    expect(known({})).toBe('');
    expect(known({ then: { kind: 'otherwise' } })).toContain('not kept');
    expect(known({ then: { kind: 'not_yet' } })).toBe('not learned yet then');
    expect(known({ now: { kind: 'gone' } })).toBe('gone since');
    expect(known({ now: { kind: 'retired', at: null, reason: null } })).toBe('invalidated since');
  });

  it('says why a recall cannot be asked again', () => {
    expect(notAgain({ kind: 'not_asked', why: 'incognito' })).toContain('this chat is incognito');
    expect(notAgain({ kind: 'reflected' })).toContain('another answer of that model');
    expect(notAgain({ kind: 'recalled' })).toContain('no reflect of it');
    expect(notAgain({ kind: 'bank_gone' })).toContain('nothing was asked');
    expect(notAgain({ kind: 'kept_from', turnId: 't' })).toContain('earlier turn');
  });
});
