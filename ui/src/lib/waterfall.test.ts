// Bars of the waterfall from the numbers of a record.
import { expect, it } from 'vitest';
import type { Step } from '$gen/Step';
import type { StepEnd } from '$gen/StepEnd';
import type { TurnRecord } from '$gen/TurnRecord';
import { toolRun } from '../../tests/fake/tools';
import { totalWord, waterfall, waterfallText } from './waterfall';

const usage = { input: null, output: null, cacheRead: null, cacheWrite: null, reasoning: null };

function end(index: number, connectMs: number | null, firstTokenMs: number | null, totalMs: number): StepEnd {
  return {
    index,
    status: 200,
    requestId: null,
    connectMs,
    firstTokenMs,
    totalMs,
    usage,
    finish: null,
    notes: [],
    error: null,
  };
}

const step: Step = {
  index: 0,
  method: 'POST',
  url: 'u',
  headers: [],
  bodyHash: 'h',
  bodyBytes: 1,
  spans: [],
  ownMs: 2,
  sentAt: '2026-11-20T10:00:00.020Z',
};

function record(): TurnRecord {
  return {
    turnId: 't',
    chatId: 'c',
    startedAt: '2026-11-20T10:00:00.000Z',
    resolved: null,
    query: null,
    memory: {
      mode: 'recall',
      request: {},
      ms: 18,
      memories: [],
      trace: null,
      reflect: null,
      ignoredParams: [],
      keptFrom: null,
      error: null,
    },
    selected: [],
    injected: null,
    outcome: null,
    own: null,
    steps: [step],
    stepEnds: [end(0, 100, 400, 1000)],
    tools: [],
    answer: {
      messageId: 'm',
      state: 'finished',
      finish: null,
      usage,
      firstTokenMs: 420,
      totalMs: 1025,
      error: null,
    },
    retained: null,
    pinned: [],
    echoed: null,
  };
}

it('draws settings before memory and injection after it, where the record tells them apart', () => {
  const { bars } = waterfall({ ...record(), own: { resolveMs: 0.5, injectMs: 1.5 } });
  expect(bars.slice(0, 3).map((bar) => [bar.label, bar.start, bar.ms])).toEqual([
    ['resolve', 0, 0.5],
    ['recall', 0.5, 18],
    ['inject', 18.5, 1.5],
  ]);
});

it('lays the measured times end to end and calls what is left rest', () => {
  const { bars, total, open } = waterfall(record());
  expect(bars.map((bar) => [bar.kind, bar.start, bar.ms])).toEqual([
    ['own', 0, 2],
    ['memory', 2, 18],
    ['connect', 20, 100],
    ['wait', 120, 300],
    ['stream', 420, 600],
    ['rest', 1020, 5],
  ]);
  expect(total).toBe(1025);
  expect(open).toBe(false);
});

it('a second request begins where it was sent', () => {
  const two = record();
  two.steps.push({ ...step, index: 1, sentAt: '2026-11-20T10:00:01.070Z' });
  two.stepEnds.push(end(1, 10, 20, 30));
  two.answer = null;
  const { bars, total, open } = waterfall(two);
  expect(bars.filter((bar) => bar.step === 1).map((bar) => [bar.kind, bar.start, bar.ms])).toEqual([
    ['between', 1020, 50],
    ['connect', 1070, 10],
    ['wait', 1080, 10],
    ['stream', 1090, 10],
  ]);
  expect(total).toBe(1100);
  expect(open).toBe(true);
});

it('tools stand between the requests, one after the other when they fit, at once when they do not', () => {
  const two = record();
  two.steps.push({ ...step, index: 1, sentAt: '2026-11-20T10:00:01.070Z' });
  two.stepEnds.push(end(1, 10, 20, 30));
  two.tools = [toolRun({ ms: 10 }), toolRun({ callId: '2', name: 'retain_memory', ms: 20 })];
  const tools = (of: TurnRecord) =>
    waterfall(of).bars.filter((bar) => bar.kind === 'tool' || bar.kind === 'between');
  expect(tools(two).map((bar) => [bar.label, bar.start, bar.ms])).toEqual([
    ['look up', 1020, 10],
    ['store', 1030, 20],
    ['between requests', 1050, 20],
  ]);
  two.tools = [toolRun({ ms: 45 }), toolRun({ callId: '2', ms: 40 })];
  expect(tools(two).map((bar) => [bar.start, bar.ms])).toEqual([
    [1020, 45],
    [1020, 40],
    [1065, 5],
  ]);
});

it('a tool of the last request counts although no request came after it', () => {
  const one = { ...record(), answer: null, tools: [toolRun({ ms: 15 })] };
  expect(waterfall(one).bars.at(-1)).toMatchObject({ kind: 'tool', start: 1020, ms: 15 });
});

it('a request that failed before any text has a wait and no stream', () => {
  const failed = record();
  failed.stepEnds = [end(0, null, null, 50)];
  failed.answer = null;
  expect(waterfall(failed).bars.map((bar) => bar.kind)).toEqual(['own', 'memory', 'wait']);
});

it('nothing measured means no bars, and the text says so', () => {
  const none = { ...record(), memory: null, steps: [], stepEnds: [], answer: null };
  expect(waterfall(none).bars).toEqual([]);
  expect(waterfallText(waterfall(none), String)).toBe('No times yet.');
});

it('the text names every bar with its time', () => {
  const text = waterfallText(waterfall(record()), (ms) => `${ms} ms`);
  expect(text).toBe(
    'own work 2 ms, recall 18 ms, connect 100 ms, first token 300 ms, answer 600 ms, rest 5 ms. In all 1025 ms.',
  );
});

it('a pause at a breakpoint stands between memory and injection and counts in nobody’s time', () => {
  const edits = { noMemory: false, without: [], edited: {}, paragraph: null, added: null };
  const held = { why: [], since: 's', memoryIds: [], paragraph: null, added: '', block: '', tokens: 0 };
  const paused = {
    ...record(),
    own: { resolveMs: 0.5, injectMs: 1.5 },
    pause: { ...held, end: { at: 'e', ms: 5000, how: 'went_on' as const, edits } },
  };
  const without = waterfall({ ...record(), own: paused.own });
  const { bars, total } = waterfall(paused);
  expect(bars.slice(1, 4).map((bar) => [bar.label, bar.start, bar.ms])).toEqual([
    ['recall', 0.5, 18],
    ['paused', 18.5, 5000],
    ['inject', 5018.5, 1.5],
  ]);
  expect(total).toBe(without.total + 5000);
  expect(totalWord(waterfall(paused))).toBe('total with the pause');
  expect(waterfallText(waterfall(paused), String)).toContain('In all with the pause');
  expect(totalWord(without)).toBe('total');
  expect(bars.filter((bar) => bar.kind !== 'paused').map((bar) => bar.ms)).toEqual(
    without.bars.map((bar) => bar.ms),
  );
});
