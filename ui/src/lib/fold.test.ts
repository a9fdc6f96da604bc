// The fold of run events: what is shown live is what will be read back.
import { describe, expect, it } from 'vitest';
import type { RecordPart } from '$gen/RecordPart';
import { toolRun } from '../../tests/fake/tools';
import { admit, append, applyPart, emptyRecord, pile } from './fold';
import type { Increment } from './fold';

const turn = { id: 't', chatId: 'c', startedAt: '2026-01-01T00:00:00Z' };
const end = (index: number): RecordPart => ({
  part: 'step_end',
  value: {
    index,
    status: 200,
    requestId: null,
    connectMs: 1,
    firstTokenMs: 2,
    totalMs: 3,
    usage: { input: null, output: null, cacheRead: null, cacheWrite: null, reasoning: null },
    finish: null,
    notes: [],
    error: null,
  },
});

describe('the record', () => {
  it('keeps a part under its own name', () => {
    const record = applyPart(emptyRecord(turn), {
      part: 'query',
      value: { text: 'lisbon', derived: 'fixed' },
    });
    expect(record.query).toEqual({ text: 'lisbon', derived: 'fixed' });
    expect(record.turnId).toBe('t');
  });

  it('keeps every move of facts once, with its way back', () => {
    const moved = (runId: string, backAt: string | null): RecordPart => ({
      part: 'moved',
      value: { runId, serverId: 's', bankId: 'b', facts: [], at: turn.startedAt, backAt },
    });
    const parts = [moved('1', null), moved('2', null), moved('1', turn.startedAt)];
    const record = parts.reduce(applyPart, emptyRecord(turn));
    expect(record.moved?.map(({ runId, backAt }) => [runId, backAt])).toEqual([
      ['1', turn.startedAt],
      ['2', null],
    ]);
  });

  it('replaces a part that is written again', () => {
    const once = applyPart(emptyRecord(turn), { part: 'outcome', value: { kind: 'empty', new_bank: true } });
    const twice = applyPart(once, { part: 'outcome', value: { kind: 'empty', new_bank: false } });
    expect(twice.outcome).toEqual({ kind: 'empty', new_bank: false });
  });

  it('adds steps and their ends instead of replacing them', () => {
    const record = applyPart(applyPart(emptyRecord(turn), end(0)), end(1));
    expect(record.stepEnds.map(({ index }) => index)).toEqual([0, 1]);
  });

  it('leaves the record that came before as it was', () => {
    const before = emptyRecord(turn);
    applyPart(before, end(0));
    expect(before.stepEnds).toEqual([]);
  });
});

describe('the order of events', () => {
  it('takes the next one', () => expect(admit(4, 5)).toBe('next'));
  it('passes over what a replay brings again', () =>
    expect([admit(4, 4), admit(4, 1)]).toEqual(['seen', 'seen']));
  it('notices a hole', () => expect(admit(4, 6)).toBe('gap'));
});

describe('the answer', () => {
  it('merges increments of one kind and keeps the order of kinds', () => {
    const pending: Increment[] = [];
    pile(pending, { kind: 'reasoning', text: 'so ' });
    pile(pending, { kind: 'reasoning', text: 'what' });
    pile(pending, { kind: 'text', text: 'This.' });
    expect(pending).toEqual([
      { kind: 'reasoning', text: 'so what' },
      { kind: 'text', text: 'This.' },
    ]);
  });

  it('does not write into the event it was given', () => {
    const pending: Increment[] = [];
    const first: Increment = { kind: 'text', text: 'a' };
    pile(pending, first);
    pile(pending, { kind: 'text', text: 'b' });
    expect(first.text).toBe('a');
  });

  it('goes on with the last part and keeps the others as they are', () => {
    const thought = { kind: 'reasoning', text: 'so', family: '' } as const;
    const parts = append([thought, { kind: 'text', text: 'Th' }], [{ kind: 'text', text: 'is.' }]);
    expect(parts).toEqual([thought, { kind: 'text', text: 'This.' }]);
    expect(parts[0]).toBe(thought);
  });

  it('begins a part when the kind changes', () => {
    expect(append([{ kind: 'text', text: 'a' }], [{ kind: 'reasoning', text: 'b' }])).toHaveLength(2);
  });
});

describe('tools in a run', () => {
  const call = { kind: 'tool_call', id: '1', name: 'recall_memory', arguments: '{}' } as const;
  const tool = (change: Parameters<typeof toolRun>[0]): RecordPart => ({
    part: 'tool',
    value: toolRun(change),
  });

  it('a call stands where it came, and text after it is a part of its own', () => {
    const pending: Increment[] = [];
    pile(pending, { kind: 'text', text: 'a' });
    pile(pending, { kind: 'part', part: call });
    pile(pending, { kind: 'text', text: 'b' });
    pile(pending, { kind: 'text', text: 'c' });
    expect(append([], pending)).toEqual([{ kind: 'text', text: 'a' }, call, { kind: 'text', text: 'bc' }]);
  });

  it('a call that goes on takes its own place in the record', () => {
    const parts = [
      tool({ callId: '1', state: 'running' }),
      tool({ callId: '2', state: 'running' }),
      tool({ callId: '1', state: 'done' }),
    ];
    const record = parts.reduce(applyPart, emptyRecord(turn));
    expect(record.tools.map(({ callId, state }) => `${callId} ${state}`)).toEqual(['1 done', '2 running']);
  });

  it('the same id in another step is another call', () => {
    const record = [tool({ step: 0 }), tool({ step: 1 })].reduce(applyPart, emptyRecord(turn));
    expect(record.tools).toHaveLength(2);
  });
});
