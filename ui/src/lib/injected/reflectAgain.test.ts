import { describe, expect, it } from 'vitest';
import type { ReflectSide } from '$gen/ReflectSide';
import type { ReflectedAgain } from '$gen/ReflectedAgain';
import type { ThenNowRow } from '$gen/ThenNowRow';
import type { TurnRecord } from '$gen/TurnRecord';
import { byHand, kindWord, named, reading, reflects, spoken, tooLate, took, without } from './reflectAgain';

const side = (text: string, more: Partial<ReflectSide> = {}): ReflectSide => ({
  paragraph: { kind: 'said', text, structured: false },
  ms: 1200,
  basedKnown: true,
  ...more,
});
const told = (more: Partial<ReflectedAgain> = {}): ReflectedAgain => ({
  at: '2026-11-28T09:00:00Z',
  askedAt: '2026-11-28T10:00:00Z',
  notAgain: null,
  then: side('Ana sails.'),
  now: side('Ana is a sailor.'),
  certainty: 'exact',
  pastError: null,
  rows: [],
  others: [],
  usage: null,
  byRule: false,
  structuredError: null,
  ignoredParams: [],
  ...more,
});
const row = (more: Partial<ThenNowRow> = {}): ThenNowRow => ({
  id: 'a',
  wasId: null,
  factType: 'world',
  had: { rank: null, place: null },
  gets: { rank: null, place: null },
  then: { kind: 'known', text: 'words' },
  now: { kind: 'known', text: 'words' },
  happenedFrom: null,
  happenedTo: null,
  learned: null,
  ...more,
});
const directive = { kind: 'directives', id: 'd', name: 'tone', then: 'Be brief.', now: 'Be brief.' };

describe('two reflects', () => {
  it('of the same memories in other words are an anecdote', () => {
    const read = reading(told({ rows: [row()], others: [directive] }));
    expect(read).toEqual({
      kind: 'same_memories',
      words: 'The same memories, other words: one sample is an anecdote.',
    });
    expect(reading(told())?.words).toContain('Based on no memory');
  });

  it.each([
    ['only then', { rows: [row({ gets: null })] }],
    ['only now', { rows: [row({ had: null })] }],
    ['in other words', { rows: [row({ now: { kind: 'known', text: 'others' } })] }],
    ['a directive', { rows: [row()], others: [{ ...directive, now: 'Be long.' }] }],
    ['a mental model', { rows: [row()], others: [{ ...directive, then: null }] }],
  ])('of other memories (%s) are not called the same', (_, more) => {
    expect(reading(told(more as Partial<ReflectedAgain>))?.kind).toBe('other_memories');
  });

  it('of which one did not say what it is based on say nothing of memories', () => {
    for (const more of [
      { then: side('a', { basedKnown: false }) },
      { now: side('b', { basedKnown: false }) },
    ]) {
      const read = reading(told({ rows: [row()], ...more }));
      expect([read?.kind, read?.words]).toEqual(['not_known', expect.stringContaining('cannot be told')]);
    }
  });

  it('in the same words say what is below them all the same', () => {
    const now = side('Ana sails.');
    expect(reading(told({ now, rows: [row()] }))?.words).toContain('based on the same memories');
    expect(reading(told({ now, rows: [row({ gets: null })] }))?.words).toContain('not the same');
    expect(reading(told({ now: side('Ana sails.', { basedKnown: false }) }))?.words).toContain('not known');
  });

  it('are not compared when one of them is no paragraph', () => {
    const error = { code: 'timeout', message: 'Too slow.', retryable: true } as never;
    const failed = side('', { paragraph: { kind: 'failed', error }, basedKnown: false });
    expect(reading(told({ now: failed }))?.kind).toBe('one_sided');
    expect(spoken(told({ now: failed }))).toBe('The reflect of now failed.');
    const said = (paragraph: ReflectSide['paragraph']) => [
      without(paragraph, 'then'),
      without(paragraph, 'now'),
    ];
    const all = [
      ...said({ kind: 'empty' }),
      ...said({ kind: 'failed', error }),
      without({ kind: 'not_known' }, 'then'),
    ];
    expect(new Set(all).size, 'each of them is told in its own words').toBe(5);
    expect(said({ kind: 'said', text: 'a', structured: false })).toEqual([null, null]);
    expect(reading(told({ then: null }))).toBeNull();
  });

  it('made by rules are not laid at the door of chance', () => {
    const other = { rows: [row({ gets: null })], byRule: true };
    expect(reading(told(other))?.words).toBe('Other words, and other memories below them.');
    expect(took(told(other))).toContain('without a model');
  });

  it('say what the one of now took, as far as the server says it', () => {
    expect(took(told())).toBe('tokens not reported');
    expect(took(told({ usage: { totalTokens: 1234 } as never }))).toContain('of the server’s model');
    expect(tooLate(told(), 1_000)).toContain('gone on without');
    expect(tooLate(told(), 2_000)).toBeNull();
    expect(tooLate(told(), null)).toBeNull();
  });

  it('name what else they are based on, and never say only of one that did not say', () => {
    const only = { ...directive, now: null };
    expect(named(directive, told())).toBe('both times, as it was');
    expect(named({ ...directive, now: 'x' }, told())).toBe('both times, in other words');
    expect(named(only, told())).toBe('only then');
    expect(named(only, told({ now: side('b', { basedKnown: false }) }))).toBe('then');
    expect(named({ ...directive, then: null }, told({ then: side('b', { basedKnown: false }) }))).toBe('now');
    expect([kindWord('mental_models'), kindWord('memories')]).toEqual([
      'mental model',
      'memory without an id',
    ]);
  });
});

describe('a turn', () => {
  const record = (more: object) => more as TurnRecord;

  it('reflected itself, or took over what another one has', () => {
    expect(reflects(record({ memory: { mode: 'reflect' } }))).toBe(true);
    expect(reflects(record({ memory: { mode: 'reflect', keptFrom: 'turn' } }))).toBe(false);
    expect(reflects(record({ memory: { mode: 'recall', keptFrom: null } }))).toBe(false);
    expect(reflects(record({ memory: null }))).toBe(false);
  });

  it('says when its paragraph was changed by hand', () => {
    const paused = (how: string, edits: object) => record({ pause: { end: { how, edits } } });
    expect(byHand(paused('went_on', { noMemory: false, paragraph: 'mine' }))).toBe(true);
    expect(byHand(paused('went_on', { noMemory: true, paragraph: null }))).toBe(true);
    expect(byHand(paused('went_on', { noMemory: false, paragraph: null }))).toBe(false);
    expect(byHand(paused('stopped', { noMemory: false, paragraph: 'mine' }))).toBe(false);
    expect(byHand(record({}))).toBe(false);
  });
});
