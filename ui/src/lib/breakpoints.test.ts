import { expect, test } from 'vitest';
import type { BlockEdits } from '$gen/BlockEdits';
import type { BreakCondition } from '$gen/BreakCondition';
import type { Pause } from '$gen/Pause';
import { conditionSaid, editsSaid, pauseSaid, whySaid } from './breakpoints';

const none: BlockEdits = { noMemory: false, without: [], edited: {}, paragraph: null, added: null };

function pause(end: Pause['end']): Pause {
  const held = { memoryIds: ['a'], paragraph: null, added: '', block: 'B', tokens: 1234 };
  return { ...held, why: [], since: '2026-01-01T00:00:00Z', end };
}

test('what comes from memory is quoted apart from our words', () => {
  const memory: BreakCondition = {
    kind: 'memory',
    server_id: 's',
    bank_id: 'b',
    memory_id: 'm',
    text: '<b>x',
  };
  expect(conditionSaid(memory)).toEqual({ words: 'This memory goes in', quoted: '<b>x' });
  expect(conditionSaid({ ...memory, text: '' }).quoted).toBe('m');
  expect(conditionSaid({ kind: 'tokens', over: 1500 }).words).toContain('1,500 tokens (o200k)');
});

test('why it paused names figures as estimates and counts the memories of a tag', () => {
  const why = (condition: BreakCondition, memoryIds: string[] = []) =>
    whySaid({ id: '1', condition, memoryIds }, pause(null));
  expect(why({ kind: 'tokens', over: 1000 }).words).toBe(
    'the block has about 1,234 tokens (o200k), more than 1,000',
  );
  expect(why({ kind: 'tag', tag: 'work' }, ['a']).words).toBe('1 memory with this tag is about to go in');
  expect(why({ kind: 'tag', tag: 'work' }, ['a', 'b']).words).toContain('2 memories with this tag are');
});

test('what was changed is told whole, and nothing is called nothing', () => {
  expect(editsSaid(none)).toBe('nothing');
  expect(editsSaid({ ...none, without: ['a'], edited: { b: 'x', c: 'y' }, added: 'Hi' })).toBe(
    '1 memory taken out, 2 memories reworded, own lines added',
  );
  expect(editsSaid({ ...none, paragraph: '', added: ' ' })).toBe(
    'the paragraph taken out, own lines taken out',
  );
  expect(editsSaid({ ...none, noMemory: true, without: ['a'] })).toBe('the whole block taken out');
});

test('a pause that never ended is not one that was stopped', () => {
  const ended = (how: NonNullable<Pause['end']>['how']) =>
    pauseSaid(pause({ at: '2026-01-01T00:00:05Z', ms: 5000, how, edits: none }), false);
  expect(pauseSaid(pause(null), true)).toContain('Waits for you');
  expect(pauseSaid(pause(null), false)).toContain('Not known how it ended');
  expect(ended('stopped')).toContain('nothing was sent');
  expect(ended('went_on')).toContain('changed by hand: nothing');
  expect(ended('nobody_to_ask')).toContain('could not be asked');
});
