import { describe, expect, it } from 'vitest';
import type { BankLook } from '$gen/BankLook';
import type { FollowedCall } from '$gen/FollowedCall';
import {
  NOTHING,
  answerWords,
  at,
  fold,
  notShown,
  others,
  queryWords,
  rows,
  settled,
  take,
  wait,
  whoWords,
} from './follow';

const call = (id: string, more: Partial<FollowedCall> = {}): FollowedCall => ({
  id,
  kind: 'recall',
  action: 'recall',
  transport: 'http',
  startedAt: `2026-11-28T10:00:0${id}.000Z`,
  endedAt: null,
  durationMs: 12,
  who: null,
  query: 'Where?',
  answer: { kind: 'memories', count: 2 },
  documents: [],
  own: null,
  unread: null,
  ...more,
});
const look = (calls: FollowedCall[], more: Partial<BankLook> = {}): BankLook => ({
  calls,
  from: null,
  total: calls.length,
  kept: true,
  keptError: null,
  models: null,
  modelsOff: null,
  modelsError: null,
  ...more,
});
const ids = (list: FollowedCall[]) => list.map(({ id }) => id).join('');
const own = (apartMs: number) => ({
  chatId: 'c',
  turnId: 't',
  answerId: null,
  title: null,
  part: 'memory' as const,
  apartMs,
});

describe('following a bank', () => {
  it('shows an entry once however often it comes, and a late one in its place', () => {
    let followed = fold(NOTHING, look([call('5'), call('3')]));
    followed = fold(followed, look([call('5'), call('4', { kind: 'reflect' }), call('3')]));
    expect(ids(rows(followed))).toBe('543');
    expect(followed.newest).toBe('2026-11-28T10:00:05.000Z');
  });

  it('keeps what was read when a later look tells less, and reads again what could not be read', () => {
    const blank = call('1', { answer: { kind: 'unread' }, query: null });
    let followed = fold(NOTHING, look([blank]));
    expect(settled(followed)).toEqual([]);
    followed = fold(fold(followed, look([call('1')])), look([blank]));
    expect(rows(followed)[0]?.query).toBe('Where?');
  });

  it('asks again whose an entry is until that is settled', () => {
    let followed = fold(NOTHING, look([call('1')]));
    expect(settled(followed)).toEqual([]);
    followed = fold(followed, look([call('1', { own: own(5) })]));
    expect(settled(followed)).toEqual(['1']);
    const blank = call('2', { answer: { kind: 'unread' } });
    followed = fold(followed, look([call('2')]));
    for (let n = 0; n < 3; n += 1) followed = fold(followed, look([blank]));
    expect(settled(followed)).toContain('2');
  });

  it('gives the question of a turn to the nearer of two entries', () => {
    const followed = fold(NOTHING, look([call('1', { own: own(90) }), call('2', { own: own(7) })]));
    expect(rows(followed).map(whoWords)).toEqual(['this app', 'another client, not named']);
    expect(rows(followed)[0]?.id).toBe('2');
  });

  it('says what it does not show: other kinds, earlier ones, a gap', () => {
    let followed = fold(NOTHING, look([call('1'), call('0', { kind: 'other' })], { total: 9 }));
    expect([ids(rows(followed)), others(followed), followed.earlier, followed.missed]).toEqual([
      '1',
      1,
      7,
      0,
    ]);
    const from = '2026-11-28T10:00:01.000Z';
    followed = fold(followed, look([call('9'), call('8')], { from, total: 40 }));
    expect(followed.missed).toBe(40 - 3 - 7);
    expect(notShown(followed, 3).join(' ')).toContain('Showing 3: at least 30 entries more');
    // A gap stays told when the window has gone past it.
    followed = fold(followed, look([call('9')], { from: '2026-11-28T10:00:09.000Z', total: 1 }));
    expect(followed.missed).toBe(30);
  });

  it('counts what it let go once, and not as missed', () => {
    let followed = fold(NOTHING, look([], { total: 0 }));
    for (let page = 0; page < 12; page += 1) {
      const calls = Array.from({ length: 50 }, (_, n) =>
        call(`${page}-${n}`, { startedAt: new Date(Date.UTC(2026, 10, 28, 10, page, n)).toISOString() }),
      );
      followed = fold(followed, look(calls, { from: '2026-11-28T09:00:00Z', total: 50 * (page + 1) }));
    }
    expect([rows(followed).length, followed.dropped, followed.missed]).toEqual([500, 100, 0]);
  });

  it('says of an entry that no look lists any more that it is not read, until it is opened', () => {
    const blank = (id: string) => call(id, { answer: { kind: 'unread' }, query: null });
    let followed = fold(NOTHING, look([blank('1')]));
    const words = () => rows(followed).map((one) => one.query ?? queryWords(one, followed));
    expect(words()).toEqual(['being read']);
    followed = fold(followed, look([call('2')]));
    expect(words()[1]).toBe('not read, newer ones came first: open it');
    followed = take(followed, call('1'));
    expect(words()).toEqual(['Where?', 'Where?']);
    // Whoever takes it in again changes nothing, or the page would never come to rest.
    expect(take(followed, call('1'))).toBe(followed);
    expect(take(followed, call('7'))).toBe(followed);
  });

  it('reads times of servers that write no offset as UTC', () => {
    expect(at('2026-11-28T10:00:00.5')).toBe(at('2026-11-28T10:00:00.500+00:00'));
    expect(at('soon')).toBeNull();
    expect(rows(fold(NOTHING, look([call('1', { startedAt: 'soon' }), call('2')]))).length).toBe(2);
  });

  it('backs off to half a minute', () => {
    expect([0, 1, 2, 3, 4, 99].map(wait)).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('tells nothing found, no answer and not read apart', () => {
    const words = (['unread', 'missing', 'printed', 'unknown', 'paragraph'] as const).map(
      (kind) => answerWords({ kind }).words,
    );
    words.push(
      answerWords({ kind: 'memories', count: 0 }).words,
      answerWords({ kind: 'taken', items: null }).words,
    );
    expect(new Set(words).size).toBe(7);
    expect(whoWords(call('1', { who: 'agno/2.1' }))).toBe('agno/2.1');
  });
});
