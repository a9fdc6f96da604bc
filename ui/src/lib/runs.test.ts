import { describe, expect, it } from 'vitest';
import type { KeptFact } from '$gen/KeptFact';
import type { RunView } from '$gen/RunView';
import { fieldText, names, progress, sumOf, tally, together } from './runs';

const run = (change: Partial<RunView>) =>
  ({
    total: 20,
    done: 0,
    undone: 0,
    failed: 0,
    skipped: 0,
    conflicts: 0,
    unknown: 0,
    waiting: 0,
    back: false,
    ...change,
  }) as RunView;

describe('runs of one action', () => {
  const named = (id: string, first: string, change: Partial<RunView> = {}) =>
    run({
      id,
      together: first,
      state: 'done',
      undoable: false,
      resumable: false,
      redoable: false,
      ...change,
    });

  it('stand together in the order of the list', () => {
    const list = [named('4', '1'), named('3', '3'), named('2', '1'), named('1', '1')];
    expect(together(list).map((group) => group.map(({ id }) => id))).toEqual([['4', '2', '1'], ['3']]);
  });

  it('are summed, and what needs to be known most is their state', () => {
    const sum = sumOf([
      named('2', '1', { total: 3, done: 3, undoable: true }),
      named('1', '1', { total: 5, done: 1, failed: 4, state: 'failed', resumable: true }),
    ]);
    expect(sum).toMatchObject({
      total: 8,
      done: 4,
      failed: 4,
      state: 'failed',
      undoable: true,
      resumable: true,
    });
    expect(sum && tally(sum)).toBe('4 of 8 changed · 4 failed');
    expect(sumOf([])).toBeNull();
  });
});

describe('progress', () => {
  it('counts what is behind on the way there, and what is left on the way back', () => {
    expect(progress(run({ done: 5, waiting: 15 }))).toBe(0.25);
    expect(progress(run({ done: 15, undone: 5, back: true }))).toBe(0.25);
    expect(progress(run({ total: 0 }))).toBe(1);
  });
});

describe('tally', () => {
  it('names only what there is', () => {
    expect(tally(run({ done: 18, skipped: 2 }))).toBe('18 of 20 changed · 2 skipped');
    expect(tally(run({ undone: 19, conflicts: 1 }))).toBe('0 of 20 changed · 19 taken back · 1 left alone');
  });
});

describe('fieldText', () => {
  const fact = { text: 't', entities: ['Ana', 'Lisbon'], state: 'invalidated', reason: 'old' } as KeptFact;
  it('reads lists and states as people do', () => {
    expect(fieldText(fact, 'entities')).toBe('Ana, Lisbon');
    expect(fieldText(fact, 'state')).toBe('invalidated: old');
    expect(fieldText({ ...fact, state: null }, 'state')).toBe('valid');
    expect(fieldText(fact, 'context')).toBe('');
  });
});

describe('names', () => {
  it('names each once, and says what became of it', () => {
    expect(names(['Ana', 'Ben', 'Ben'], ['Ben', 'Cem'])).toEqual([
      { name: 'Ana', kind: 'gone' },
      { name: 'Ben', kind: 'same' },
      { name: 'Cem', kind: 'new' },
    ]);
  });
});
