// Calls of models as runs: which belong together, which is part of which, and where each stands in time. Pure;
// views/banks/calls draws it.
import type { LlmRequest } from '$gen/LlmRequest';
import { at } from './follow';
import { number } from './format';

/** A call with its place in its run. */
export interface SpanOf {
  call: LlmRequest;
  /** How many calls it is inside of. */
  depth: number;
  /** From the run's beginning, in milliseconds. */
  start: number;
  /** How long, in milliseconds; 0 when nobody says. */
  ms: number;
}

/** Calls that were made for one thing. */
export interface Run {
  /** The trace's id, or the call's own when it has none. */
  id: string;
  operation: string | null;
  spans: SpanOf[];
  startedAt: string | null;
  /** From the first call's beginning to the last one's end, in milliseconds. */
  ms: number;
  /** Whether any call tells how long it took; `ms` is 0 where none does. */
  timed: boolean;
  failed: number;
  /** Whether every call tells how it ended. */
  ended: boolean;
  /** Sums of what the calls tell; null where none of them tells. */
  tokens: { input: number | null; output: number | null; cached: number | null };
}

/** How long a call took: as the server says, else from its times, never below 0. */
function length(call: LlmRequest): number {
  if (call.durationMs !== null) return Math.max(0, call.durationMs);
  const [from, to] = [at(call.startedAt), at(call.endedAt)];
  return from !== null && to !== null ? Math.max(0, to - from) : 0;
}

/** Runs in the order in which their newest call stands in the list. */
export function runs(calls: readonly LlmRequest[]): Run[] {
  const groups = new Map<string, LlmRequest[]>();
  for (const call of calls) {
    const id = call.traceId ?? call.id;
    const group = groups.get(id);
    if (group) group.push(call);
    else groups.set(id, [call]);
  }
  return [...groups].map(([id, group]) => run(id, group));
}

function run(id: string, calls: LlmRequest[]): Run {
  const begins = calls.map((call) => at(call.startedAt)).filter((time) => time !== null);
  const first = begins.length > 0 ? Math.min(...begins) : 0;
  const spans = nested(calls).map(({ call, depth }) => {
    return { call, depth, start: Math.max(0, (at(call.startedAt) ?? first) - first), ms: length(call) };
  });
  const sum = (of: (call: LlmRequest) => number | null) =>
    calls.reduce<number | null>((all, call) => {
      const n = of(call);
      return n === null ? all : (all ?? 0) + Math.max(0, n);
    }, null);
  return {
    id,
    operation: calls.find((call) => call.operation !== null)?.operation ?? null,
    spans,
    startedAt: begins.length > 0 ? new Date(first).toISOString() : null,
    ms: Math.max(0, ...spans.map((span) => span.start + span.ms)),
    timed: calls.some((call) => call.durationMs !== null || call.endedAt !== null),
    ended: calls.every((call) => call.status !== null),
    failed: calls.filter((call) => call.status === 'error').length,
    tokens: {
      input: sum((call) => call.inputTokens),
      output: sum((call) => call.outputTokens),
      cached: sum((call) => call.cachedTokens),
    },
  };
}

/**
 * Each call below the one it is part of, brothers by time. A parent that is not there, or a ring of parents, makes a
 * call stand by itself, so that every call is there exactly once.
 */
function nested(calls: readonly LlmRequest[]): { call: LlmRequest; depth: number }[] {
  const spans = new Set(calls.map((call) => call.spanId).filter((id) => id !== null));
  const time = (call: LlmRequest) => at(call.startedAt) ?? Number.POSITIVE_INFINITY;
  const byTime = [...calls].sort((a, b) => {
    const [one, other] = [time(a), time(b)];
    return one === other ? 0 : one < other ? -1 : 1;
  });
  const parent = (call: LlmRequest) =>
    call.parentSpanId !== null && call.parentSpanId !== call.spanId && spans.has(call.parentSpanId)
      ? call.parentSpanId
      : null;
  const placed = new Set<LlmRequest>();
  const out: { call: LlmRequest; depth: number }[] = [];
  const put = (call: LlmRequest, depth: number) => {
    if (placed.has(call)) return;
    placed.add(call);
    out.push({ call, depth });
    if (call.spanId === null) return;
    for (const child of byTime) if (parent(child) === call.spanId) put(child, depth + 1);
  };
  for (const call of byTime) if (parent(call) === null) put(call, 0);
  for (const call of byTime) put(call, 0);
  return out;
}

/** Left edge and width of a bar in percent of the run; at least a hair wide, never over the edge. */
export function bar(span: SpanOf, total: number): { left: number; width: number } {
  if (!(total > 0)) return { left: 0, width: 100 };
  const left = Math.min(99.5, (span.start / total) * 100);
  return { left, width: Math.max(0.5, Math.min(100 - left, (span.ms / total) * 100)) };
}

const SCOPES: Record<string, string> = {
  retain_extract_facts: 'extract facts',
  consolidation: 'consolidate',
  consolidation_dedup: 'compare observations',
  reflect_tool_call: 'reflect: next step',
  reflect: 'reflect: answer',
  reflect_structured: 'reflect: shape the answer',
  mental_model_delta_ops: 'edit a mental model',
  embedding_document: 'embed facts',
  embedding_query: 'embed a query',
  rerank: 'rerank',
};

/** What a call did, in words; the server's own word for what Rearview does not know. */
export const scopeWord = (scope: string | null): string =>
  scope === null ? 'call' : (SCOPES[scope] ?? scope.replaceAll('_', ' '));

/** Tokens in and out, in words; never 0 for what nobody tells. */
export function tokenWords(input: number | null, output: number | null): string {
  if (input === null && output === null) return 'not told';
  const side = (n: number | null) => (n === null ? '?' : number(n));
  return `${side(input)} → ${side(output)}`;
}

/** The steps of a run, in words, as many as a line takes. */
export function scopesOf({ spans }: Run): string {
  const all = [...new Set(spans.map(({ call }) => scopeWord(call.scope)))];
  return all.length > 3 ? `${all.slice(0, 3).join(', ')} and ${all.length - 3} more` : all.join(', ');
}

/** The models of a run; empty where none is told. */
export function modelsOf({ spans }: Run): string {
  const all = [
    ...new Set(spans.map(({ call }) => call.model).filter((model) => model !== null && model !== '')),
  ];
  return all.length > 2 ? `${all.slice(0, 2).join(', ')} and ${all.length - 2} more` : all.join(', ');
}
