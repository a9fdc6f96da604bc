import { describe, expect, it } from 'vitest';
import type { KeptFact } from '$gen/KeptFact';
import type { RunView } from '$gen/RunView';
import { fieldText, names, progress, tally } from './runs';

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
