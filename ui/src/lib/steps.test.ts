// Parts and record of an answer put together as blocks, and the words of steps.
import { describe, expect, it } from 'vitest';
import type { Part } from '$gen/Part';
import type { ToolRun } from '$gen/ToolRun';
import { toolRun as run } from '../../tests/fake/tools';
import { blocksOf, callOf, hasTools, learnedOf, pretty, stepOutcome, stepWords, subject } from './steps';
import type { Block, ToolCall } from './steps';

const text = (words: string): Part => ({ kind: 'text', text: words });
const call = (id: string, name = 'recall_memory'): Part => ({ kind: 'tool_call', id, name, arguments: '{}' });
const result = (id: string, words = 'found', failed = false): Part => ({
  kind: 'tool_result',
  id,
  name: 'recall_memory',
  text: words,
  failed,
});
const shape = (blocks: readonly Block[]) =>
  blocks.map((block) =>
    block.kind === 'tools'
      ? block.calls.map(({ id, state, result }) => `${id} ${state} ${result}`)
      : block.part.kind,
  );
const calls = (blocks: readonly Block[]): ToolCall[] =>
  blocks.flatMap((block) => (block.kind === 'tools' ? block.calls : []));

describe('blocks', () => {
  it('keep texts and calls in their order', () => {
    const parts = [text('a'), call('1'), result('1'), text('b')];
    expect(shape(blocksOf(parts, [], false))).toEqual(['text', ['1 done found'], 'text']);
  });

  it('put calls made at once together and calls made one after the other apart', () => {
    const parts = [call('1'), call('2'), result('1', 'x'), result('2', 'y'), call('3'), result('3', 'z')];
    expect(shape(blocksOf(parts, [], false))).toEqual([['1 done x', '2 done y'], ['3 done z']]);
  });

  it('give two steps with the same call id each their own run and result', () => {
    const runs = [
      run({ callId: '1', step: 0, ms: 5 }),
      run({ callId: '1', step: 1, ms: 7, state: 'failed' }),
    ];
    const parts = [call('1'), result('1', 'first'), call('1'), result('1', 'second', true)];
    const made = calls(blocksOf(parts, runs, false));
    expect(made.map((one) => [one.run?.ms, one.result, one.state])).toEqual([
      [5, 'first', 'done'],
      [7, 'second', 'failed'],
    ]);
    expect(new Set(made.map(({ key }) => key)).size).toBe(2);
  });

  it('show a run whose call has not come yet', () => {
    const asking = run({ callId: '9', state: 'asking', name: 'retain_memory' });
    expect(shape(blocksOf([text('a')], [asking], true))).toEqual(['text', ['9 asking null']]);
  });

  it('keep their keys when the call of a run comes, and when signatures come with what is read back', () => {
    const asking = run({ callId: '9', state: 'asking', name: 'retain_memory' });
    const early = blocksOf([text('a')], [asking], true);
    const late = blocksOf([text('a'), call('9', 'retain_memory')], [asking], true);
    const mute: Part = { kind: 'reasoning', text: '', signature: 's', family: 'x' };
    const read = blocksOf([mute, text('a'), mute, call('9', 'retain_memory')], [asking], false);
    const keys = (blocks: readonly Block[]) => [...blocks, ...calls(blocks)].map(({ key }) => key);
    expect(keys(late)).toEqual(keys(early));
    expect(keys(read)).toEqual(keys(early));
  });

  it('say of a call without a result that it runs while the answer runs, and that it was stopped afterwards', () => {
    expect(calls(blocksOf([call('1')], [], true))[0]?.state).toBe('running');
    expect(calls(blocksOf([call('1')], [], false))[0]?.state).toBe('cancelled');
  });

  it('lose no result that came without its call', () => {
    expect(shape(blocksOf([result('7', 'words')], [], false))).toEqual([['7 done words']]);
  });

  it('leave out reasoning that has no words, without cutting calls apart', () => {
    const mute: Part = { kind: 'reasoning', text: '', family: 'x' };
    expect(shape(blocksOf([call('1'), mute, call('2')], [], true))).toEqual([
      ['1 running null', '2 running null'],
    ]);
  });

  it('stay the same objects when nothing about them changed', () => {
    const parts = [text('a'), call('1'), result('1'), text('b')];
    const runs: ToolRun[] = [run({ callId: '1', state: 'done' })];
    const before = blocksOf(parts, runs, true);
    const grown = [...parts.slice(0, 3), text('bc')];
    const after = blocksOf(grown, runs, true, before);
    expect([after[0] === before[0], after[1] === before[1], after[2] === before[2]]).toEqual([
      true,
      true,
      false,
    ]);
    const moved = blocksOf(parts, [run({ callId: '1', state: 'failed' })], true, before);
    expect(moved[1]).not.toBe(before[1]);
  });

  it('know whether a record is worth reading', () => {
    expect([hasTools([text('a')]), hasTools([call('1')])]).toEqual([false, true]);
  });
});

describe('words', () => {
  const of = (change: Partial<ToolRun>) => callOf(run(change));
  it('say what a memory tool was asked', () => {
    expect(stepWords(of({ arguments: '{"query":"diet"}' }))).toBe('Looked in memory for “diet”');
    expect(
      stepWords(of({ name: 'reflect_on_memory', arguments: '{"query":"who?"}', state: 'running' })),
    ).toBe('Asking memory: “who?”');
    expect(stepWords(of({ name: 'retain_memory', arguments: '{"content":"x"}', state: 'asking' }))).toBe(
      'Wants to store “x”',
    );
  });
  it('never say that something was stored that was not', () => {
    const states: ToolRun['state'][] = ['asking', 'running', 'failed', 'refused', 'cancelled'];
    for (const state of states) {
      const said = stepWords(of({ name: 'retain_memory', arguments: '{"content":"x"}', state }));
      expect(said, state).not.toMatch(/^Stored/);
    }
  });
  it('name a tool that nobody knows', () => {
    expect(stepWords(of({ name: 'get_weather', arguments: '{"place":"Lisbon"}' }))).toBe(
      'Called get_weather',
    );
  });
  it('go without the subject when arguments cannot be read', () => {
    expect(subject({ name: 'recall_memory', arguments: '{"query": "unfin' })).toBeNull();
    expect(subject({ name: 'recall_memory', arguments: '[1]' })).toBeNull();
    expect(subject({ name: 'recall_memory', arguments: 'null' })).toBeNull();
  });
  it('say what came of it', () => {
    expect(stepOutcome(of({}))).toBe('nothing yet');
    expect(stepOutcome(of({ state: 'refused' }))).toBe('you said no');
    const learned = [{ id: 'a', text: 'a', factType: null }];
    expect(stepOutcome(of({ name: 'retain_memory', learned }))).toBe('1 learned');
  });
  it('indent JSON and leave what is none as it came', () => {
    expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(pretty('{"a":')).toBe('{"a":');
  });
});

it('learned facts are listed once each', () => {
  const fact = (id: string) => ({ id, text: id, factType: null });
  const runs = [
    run({ learned: [fact('a'), fact('b')] }),
    run({ callId: '2', learned: [fact('b'), fact('c')] }),
  ];
  expect(learnedOf(runs).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});
