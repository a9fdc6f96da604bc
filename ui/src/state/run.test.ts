// Following a run: replays, holes, cut streams, and what is left when it is over.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Happening } from '$gen/Happening';
import type { RunEvent } from '$gen/RunEvent';
import type { Turn } from '$gen/Turn';
import { Failure, host } from '$host';
import { toolRun } from '../../tests/fake/tools';
import { runs } from './run.svelte';
import type { RunEnd } from './run.svelte';

const turn: Turn = {
  id: 'run',
  chatId: 'chat',
  questionId: 'q',
  answerId: 'a',
  model: 'demo/demo',
  state: 'running',
  finish: null,
  error: null,
  memory: null,
  retain: null,
  cost: null,
  contextTokens: null,
  usage: { input: null, output: null, cacheRead: null, cacheWrite: null, reasoning: null },
  firstTokenMs: null,
  totalMs: null,
  startedAt: '2026-01-01T00:00:00Z',
};

interface Attached {
  afterSeq: number;
  item: (event: RunEvent) => void;
  end: (failure: Failure | null) => void;
  stopped: boolean;
}
let attached: Attached[] = [];
let ends: RunEnd[] = [];
let stopHearing: () => void;

const latest = (): Attached => {
  const one = attached.at(-1);
  if (!one) throw new Error('nobody attached');
  return one;
};
const send = (seq: number, event: Happening) => latest().item({ runId: 'run', seq, event });
const textOf = () =>
  runs
    .all('chat')[0]
    ?.parts.map((part) => ('text' in part ? part.text : ''))
    .join('|');

beforeEach(() => {
  vi.useFakeTimers();
  attached = [];
  ends = [];
  vi.spyOn(host, 'stream').mockImplementation((_name, request, item, end) => {
    const one: Attached = {
      afterSeq: (request as { afterSeq: number }).afterSeq,
      item: item as Attached['item'],
      end: (failure) => end?.(failure),
      stopped: false,
    };
    attached.push(one);
    return () => (one.stopped = true);
  });
  stopHearing = runs.onEnd((_run, end) => ends.push(end));
  runs.follow('chat', 'run', turn);
});

afterEach(() => {
  if (runs.all('chat').length) send(1000, { kind: 'finished', turn, parts: [] });
  latest().end(new Failure({ code: 'notFound', message: 'gone', retryable: false }));
  stopHearing();
  vi.useRealTimers();
});

it('text is applied once per frame', () => {
  send(1, { kind: 'text', text: 'He' });
  send(2, { kind: 'text', text: 'llo' });
  expect(textOf()).toBe('');
  vi.advanceTimersToNextFrame();
  expect(textOf()).toBe('Hello');
});

it('a replay brings nothing twice', () => {
  send(1, { kind: 'text', text: 'once' });
  send(1, { kind: 'text', text: 'once' });
  vi.advanceTimersToNextFrame();
  expect(textOf()).toBe('once');
});

it('a hole makes it ask again from the last event it saw', () => {
  send(1, { kind: 'text', text: 'a' });
  const first = latest();
  send(3, { kind: 'text', text: 'c' });
  vi.advanceTimersByTime(200);
  expect([attached.length, latest().afterSeq, first.stopped]).toEqual([2, 1, true]);
  send(2, { kind: 'text', text: 'b' });
  send(3, { kind: 'text', text: 'c' });
  vi.advanceTimersToNextFrame();
  expect(textOf()).toBe('abc');
});

it('a cut stream is followed again', () => {
  send(1, { kind: 'text', text: 'a' });
  latest().end(new Failure({ code: 'internal', message: 'cut', retryable: true }));
  vi.advanceTimersByTime(200);
  expect([attached.length, latest().afterSeq]).toEqual([2, 1]);
});

it('a run that nobody knows is lost at once', () => {
  latest().end(new Failure({ code: 'notFound', message: 'gone', retryable: false }));
  expect([ends, runs.all('chat')]).toEqual([[{ kind: 'lost' }], []]);
});

it('a run that never answers is given up in the end', () => {
  for (let n = 0; n < 20 && runs.all('chat').length > 0; n += 1) {
    latest().end(null);
    vi.advanceTimersByTime(5000);
  }
  expect(ends).toEqual([{ kind: 'lost' }]);
});

it('the record grows while it runs and is gone afterwards', () => {
  send(1, { kind: 'record', part: { part: 'query', value: { text: 'lisbon', derived: 'fixed' } } });
  expect(runs.recordOf('run')?.query?.text).toBe('lisbon');
  send(2, { kind: 'finished', turn, parts: [] });
  expect(runs.recordOf('run')).toBeNull();
});

it('a failed run ends with its error and what came', () => {
  const error = { code: 'overloaded', message: 'too much', retryable: true } as const;
  const parts = [{ kind: 'text', text: 'half' } as const];
  send(1, { kind: 'failed', turn: { ...turn, state: 'failed' }, parts, error });
  expect(ends).toEqual([{ kind: 'ended', turn: { ...turn, state: 'failed' }, parts, error }]);
});

it('a call that came whole stands in order with the text around it', () => {
  const part = { kind: 'tool_call', id: '1', name: 'recall_memory', arguments: '{}' } as const;
  send(1, { kind: 'text', text: 'before' });
  send(2, { kind: 'part', part });
  send(3, { kind: 'text', text: 'after' });
  vi.advanceTimersToNextFrame();
  expect(runs.writing('a')?.parts).toEqual([
    { kind: 'text', text: 'before' },
    part,
    { kind: 'text', text: 'after' },
  ]);
});

it('a call that asks is answered for its own run, step and id', async () => {
  const call = vi.spyOn(host, 'call').mockResolvedValue({} as never);
  const asking = toolRun({ callId: 'c', step: 2, state: 'asking' });
  send(1, { kind: 'record', part: { part: 'tool', value: asking } });
  const run = runs.writing('a');
  expect(run?.asking).toEqual([asking]);
  await run?.answerTool(asking, false);
  expect(call).toHaveBeenCalledWith('turn.answerTool', { runId: 'run', step: 2, callId: 'c', allow: false });
  send(2, { kind: 'record', part: { part: 'tool', value: { ...asking, state: 'refused' } } });
  expect(run?.asking).toEqual([]);
});

it('several runs of one chat are followed each for itself', () => {
  const first = latest();
  runs.follow('chat', 'run2', { ...turn, id: 'run2', answerId: 'b' }, 'b');
  const second = latest();
  second.item({ runId: 'run2', seq: 1, event: { kind: 'text', text: 'two' } });
  first.item({ runId: 'run', seq: 1, event: { kind: 'text', text: 'one' } });
  vi.advanceTimersToNextFrame();
  const textIn = (answer: string) => runs.writing(answer)?.parts;
  expect([textIn('a'), textIn('b')]).toEqual([
    [{ kind: 'text', text: 'one' }],
    [{ kind: 'text', text: 'two' }],
  ]);
  second.item({
    runId: 'run2',
    seq: 2,
    event: { kind: 'finished', turn: { ...turn, id: 'run2', answerId: 'b' }, parts: [] },
  });
  expect(runs.all('chat').map(({ id }) => id)).toEqual(['run']);
  expect(second.stopped && !first.stopped).toBe(true);
  first.item({ runId: 'run', seq: 2, event: { kind: 'finished', turn, parts: [] } });
  expect(runs.all('chat')).toEqual([]);
});

it('a run that was found knows its message before its first event', () => {
  const own = latest();
  runs.follow('other', 'found', null, 'z');
  const found = latest();
  expect(runs.writing('z')?.turn).toBeNull();
  found.end(new Failure({ code: 'notFound', message: 'gone', retryable: false }));
  expect(runs.writing('z')).toBeNull();
  own.item({ runId: 'run', seq: 1, event: { kind: 'finished', turn, parts: [] } });
});

it('a tool that is called ends the thinking, and words before any thought do not', () => {
  send(1, { kind: 'reasoning', text: 'hm' });
  vi.advanceTimersToNextFrame();
  const run = runs.writing('a');
  expect(run?.textAt).toBeNull();
  send(2, { kind: 'part', part: { kind: 'tool_call', id: '1', name: 'x', arguments: '' } });
  vi.advanceTimersToNextFrame();
  const ended = run?.textAt ?? 0;
  expect(ended).toBeGreaterThanOrEqual(run?.reasoningAt ?? Infinity);
  vi.advanceTimersByTime(5000);
  send(3, { kind: 'text', text: 'so' });
  vi.advanceTimersToNextFrame();
  expect(run?.textAt).toBe(ended);
});
