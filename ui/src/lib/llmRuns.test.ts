// Calls that belong together stand together, whatever their parents and times say.
import { expect, it } from 'vitest';
import type { LlmRequest } from '$gen/LlmRequest';
import { bar, runs, scopeWord } from './llmRuns';

const call = (id: string, more: Partial<LlmRequest> = {}): LlmRequest => ({
  id,
  operation: 'reflect',
  scope: 'reflect_tool_call',
  traceId: 't',
  spanId: id,
  parentSpanId: null,
  provider: null,
  model: null,
  status: 'success',
  startedAt: '2026-11-27T10:00:00Z',
  endedAt: null,
  durationMs: 100,
  inputTokens: 10,
  outputTokens: 2,
  cachedTokens: null,
  thoughtsTokens: null,
  totalTokens: 12,
  input: null,
  output: null,
  error: null,
  llmInfo: null,
  metadata: null,
  ...more,
});

it('calls of a trace are one run with its time and its tokens; a call without one is its own', () => {
  const all = runs([
    call('b', { startedAt: '2026-11-27T10:00:00.200Z', status: 'error', cachedTokens: 4 }),
    call('a'),
    call('c', { traceId: null }),
  ]);
  expect(all.map(({ id, ms, failed }) => ({ id, ms, failed }))).toEqual([
    { id: 't', ms: 300, failed: 1 },
    { id: 'c', ms: 100, failed: 0 },
  ]);
  expect(all[0]?.spans.map((span) => [span.call.id, span.start])).toEqual([
    ['a', 0],
    ['b', 200],
  ]);
  expect(all[0]?.tokens).toEqual({ input: 20, output: 4, cached: 4 });
});

it('parts stand below what they are part of', () => {
  const all = runs([
    call('inner', { parentSpanId: 'outer', startedAt: '2026-11-27T10:00:01Z' }),
    call('innermost', { parentSpanId: 'inner', startedAt: '2026-11-27T10:00:02Z' }),
    call('outer', { durationMs: 3000 }),
  ]);
  expect(all[0]?.spans.map((span) => [span.call.id, span.depth])).toEqual([
    ['outer', 0],
    ['inner', 1],
    ['innermost', 2],
  ]);
});

it('rings, missing parents and times that lie lose no call', () => {
  const all = runs([
    call('a', { parentSpanId: 'b' }),
    call('b', { parentSpanId: 'a' }),
    call('c', { parentSpanId: 'gone' }),
    call('d', { parentSpanId: 'd', startedAt: 'soon', durationMs: -5 }),
    call('e', { spanId: null, startedAt: null, durationMs: null }),
  ]);
  expect(all[0]?.spans.map((span) => span.call.id).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(all[0]?.spans.every((span) => span.start >= 0 && span.ms >= 0)).toBe(true);
});

it('a bar is never thinner than a hair nor over the edge', () => {
  const span = (start: number, ms: number) => ({ call: call('x'), depth: 0, start, ms });
  expect(bar(span(0, 50), 100)).toEqual({ left: 0, width: 50 });
  expect(bar(span(100, 0), 100)).toEqual({ left: 99.5, width: 0.5 });
  expect(bar(span(90, 500), 100)).toEqual({ left: 90, width: 10 });
  expect(bar(span(0, 0), 0)).toEqual({ left: 0, width: 100 });
});

it('a step is said in words, an unknown one in its own', () => {
  expect(scopeWord('retain_extract_facts')).toBe('extract facts');
  expect(scopeWord('new_thing')).toBe('new thing');
  expect(scopeWord(null)).toBe('call');
});
