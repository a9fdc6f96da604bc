// Times with clocks of their own: the server's phases, and what came after the answer.
import { describe, expect, it } from 'vitest';
import type { TurnRecord } from '$gen/TurnRecord';
import { afterTimes, serverTimes } from './phases';

const record = (over: object) =>
  ({ startedAt: '2026-11-20T10:00:00.000Z', ...over }) as unknown as TurnRecord;
const phase = (phase_name: string, duration_seconds: unknown, details = {}) => ({
  phase_name,
  duration_seconds,
  details,
});

describe('the server’s phases', () => {
  const memory = (summary: unknown) => record({ memory: { ms: 20, trace: { summary } } });

  it('are told in order, without diagnostics, and what is left is the network', () => {
    const times = serverTimes(
      memory({
        total_duration_seconds: 0.012,
        phase_metrics: [
          phase('generate_query_embedding', 0.005),
          phase('store_recall', 0.004, { diagnostic: true }),
          phase('parallel_retrieval', 0.006),
        ],
      }),
    );
    expect(times).toEqual({
      phases: [
        { label: 'generate query embedding', ms: 5 },
        { label: 'parallel retrieval', ms: 6 },
      ],
      totalMs: 12,
      networkMs: 8,
    });
  });

  it('are absent, not zero, where the server tells none, and what is no phase is left out', () => {
    expect(serverTimes(record({ memory: null }))).toBeNull();
    expect(serverTimes(memory(undefined))).toBeNull();
    expect(serverTimes(memory({ phase_metrics: [null, phase('x', 'soon')] }))).toBeNull();
    expect(serverTimes(memory({ phase_metrics: [phase('x', 0.001)] }))?.networkMs).toBeNull();
  });
});

describe('after the answer', () => {
  const after = (state: object, sentAt: string | null) =>
    afterTimes(record({ answer: { totalMs: 1000 }, retained: { state, sentAt } }));

  it('waiting and extraction are two times', () => {
    expect(after({ state: 'done', at: '2026-11-20T10:00:03.500Z' }, '2026-11-20T10:00:01.200Z')).toEqual({
      handOverMs: 200,
      extractMs: 2300,
      state: 'done',
    });
  });

  it('a pause at a breakpoint is before the answer, not after it', () => {
    const paused = record({
      answer: { totalMs: 1000 },
      pause: { end: { ms: 5000 } },
      retained: { state: { state: 'sent' }, sentAt: '2026-11-20T10:00:06.200Z' },
    });
    expect(afterTimes(paused).handOverMs).toBe(200);
  });

  it('what nobody noted is not known, and neither is a time that runs backwards', () => {
    expect(after({ state: 'done', at: '2026-11-20T10:00:03.500Z' }, null)).toMatchObject({
      handOverMs: null,
      extractMs: null,
    });
    expect(after({ state: 'sent' }, '2026-11-20T09:00:00.000Z')).toMatchObject({
      handOverMs: null,
      extractMs: null,
      state: 'extracting',
    });
    expect(after({ state: 'skipped' }, null).state).toBe('none');
  });
});
