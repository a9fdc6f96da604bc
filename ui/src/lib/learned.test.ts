import { describe, expect, it } from 'vitest';
import type { ChangedObservation } from '$gen/ChangedObservation';
import type { LearnedCounts } from '$gen/LearnedCounts';
import type { TurnLearned } from '$gen/TurnLearned';
import { entityWords, knownBy, learnedSaid, learnedState, saidBy, standing } from './learned';

const counts = (over: Partial<LearnedCounts> = {}): LearnedCounts => ({
  state: { state: 'complete' },
  added: 2,
  changed: 1,
  removed: 0,
  pending: 0,
  ...over,
});

const chip = (over: Partial<LearnedCounts>) => {
  const { marks, pending } = learnedSaid(counts(over));
  return marks.map(({ sign, n }) => `${sign}${n}`).join(' ') + (pending > 0 ? ` pending ${pending}` : '');
};

describe('the chip', () => {
  it('says what came, changed, went and is pending', () => {
    expect(chip({})).toBe('+2 ~1 −0');
    expect(chip({ state: { state: 'pending' }, pending: 1 })).toBe('+2 ~1 −0 pending 1');
    expect(learnedSaid(counts({ state: { state: 'pending' }, pending: 1 })).words).toBe(
      '2 facts learned, 1 observation made or changed, 0 removed, 1 fact waits to be built into observations',
    );
  });

  it('leaves out what is not known instead of calling it 0', () => {
    expect(chip({ changed: null, removed: null })).toBe('+2');
    expect(chip({ added: null, changed: null, removed: null })).toBe('');
    expect(learnedSaid(counts({ added: null })).words).toContain('not known');
  });

  it('says in a word that nothing came of it, and only when that is known', () => {
    const none = { added: 0, changed: 0, removed: 0 };
    expect(learnedSaid(counts(none)).nothing).toBe(true);
    expect(learnedSaid(counts({ ...none, added: null })).nothing).toBe(false);
    expect(learnedSaid(counts({ ...none, removed: 1 })).nothing).toBe(false);
  });

  it('says why nobody looks any more', () => {
    const gone = learnedSaid(counts({ state: { state: 'gave_up', why: 'It is dead.' }, pending: 2 }));
    expect([gone.trouble, gone.pending, gone.words.endsWith('It is dead.')]).toEqual([true, 2, true]);
  });
});

const learned = (over: Partial<TurnLearned> = {}): TurnLearned => ({
  state: { state: 'complete' },
  at: '2026-11-28T10:00:00Z',
  serverId: 's',
  bankId: 'b',
  factsKnown: true,
  added: ['a', 'b'].map((id) => ({
    id,
    text: id,
    factType: null,
    entities: [],
    documentId: null,
    said: null,
    waits: id === 'a',
    failed: false,
  })),
  removed: [],
  observations: null,
  unobserved: null,
  removalsKnown: false,
  entities: [],
  ...over,
});

it('failed, given up, off and pending are four different sentences', () => {
  const said = [
    learned({ state: { state: 'pending' } }),
    learned({ unobserved: 'Off here.' }),
    learned({ state: { state: 'gave_up', why: 'Silence.' } }),
    learned({ state: { state: 'failed', why: 'No bank.' } }),
  ].map(learnedState);
  expect(new Set(said).size).toBe(4);
  expect(said[0]).toContain('1 fact waits');
  expect(said[1]).toBe('Off here.');
});

it('a sentence that was worked out is told apart from one that stands there', () => {
  expect(saidBy({ text: 'x', who: 'user', foundBy: 'exact' }).guess).toBe(false);
  expect(saidBy({ text: 'x', who: 'assistant', foundBy: 'words' })).toMatchObject({
    who: 'the model',
    guess: true,
  });
});

it('what the server told, what was compared and what nobody knows read differently', () => {
  const one = (over: Partial<ChangedObservation>): ChangedObservation => ({
    id: 'o',
    change: 'reworded',
    before: 'a',
    after: 'b',
    evidence: 2,
    knownBy: 'server',
    ...over,
  });
  expect(knownBy(one({}))).toEqual({ words: 'by the server’s history', guess: false });
  expect(knownBy(one({ knownBy: 'compared' }))?.guess).toBe(true);
  expect(knownBy(one({ knownBy: 'not_known', before: null }))?.words).toContain('not known');
  expect(knownBy(one({ change: 'removed', before: null, after: null }))?.words).toContain('not known');
  expect(entityWords(null).words).toContain('not known');
  expect(entityWords('merged').guess).toBe(true);
});

it('facts that were undone or are gone do not stand', () => {
  const now = (stands: 'valid' | 'retired' | 'gone') => [{ id: 'a', stands, text: null, reason: null }];
  expect(standing(learned(), undefined)).toEqual(['a', 'b']);
  expect(standing(learned(), now('valid'))).toEqual(['a', 'b']);
  expect(standing(learned(), now('retired'))).toEqual(['b']);
  expect(standing(learned(), now('gone'))).toEqual(['b']);
});
