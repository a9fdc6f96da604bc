// Following a run: replays, holes, cut streams, and what is left when it is over.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Happening } from '$gen/Happening';
import type { RunEvent } from '$gen/RunEvent';
import type { Turn } from '$gen/Turn';
import { Failure, host } from '$host';
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
