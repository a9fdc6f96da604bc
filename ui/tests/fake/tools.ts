// What the scripted app's models do with memory tools: calls, results and the record's account of them, for a turn of the
// history and for one that runs. Parts and runs of one turn belong together.
import type { Part } from '$gen/Part';
import type { RecalledMemory } from '$gen/RecalledMemory';
import type { ToolRun } from '$gen/ToolRun';

export const toolRun = (change: Partial<ToolRun>): ToolRun => ({
  callId: 'call_1',
  step: 0,
  name: 'recall_memory',
  arguments: '{"query":"diet of Ana"}',
  state: 'done',
  result: null,
  ms: 18,
  error: null,
  memories: [],
  documentId: null,
  learned: [],
  ...change,
});

export const found = (id: string, text: string, factType: RecalledMemory['factType']): RecalledMemory => ({
  id,
  text,
  factType,
  entities: ['Ana'],
  context: null,
  occurredStart: null,
  occurredEnd: null,
  mentionedAt: null,
  documentId: null,
  chunkId: null,
  tags: [],
  metadata: {},
  scores: { final: 0.8, reranker: null, semantic: 0.5, keyword: null },
  rank: 1,
  arms: { semantic: 1 },
  tokens: 9,
});

const HOSTILE = 'Ana is allergic to peanuts <img src=x onerror=alert(1)> \u202eesrever\u202c.';

/** A turn that looked twice at once, asked, stored, and called something that failed. */
export const runs: ToolRun[] = [
  toolRun({
    result: '1. Ana is vegetarian and has been since 2019.\n2. Ana is allergic to peanuts.',
    memories: [
      found('f1', 'Ana is vegetarian and has been since 2019.', 'world'),
      found('f2', HOSTILE, 'world'),
      found('f3', 'Ana and her sister like small plates that are shared.', 'observation'),
    ],
  }),
  toolRun({
    callId: 'call_2',
    arguments: '{"query":"hotel in Lisbon"}',
    result: 'No memories found.',
    ms: 12,
  }),
  toolRun({
    callId: 'call_1',
    step: 1,
    name: 'reflect_on_memory',
    arguments:
      '{"query":"What kind of evening would Ana and her sister like, given everything they said before?"}',
    result:
      'A quiet place within walking distance, with small vegetarian plates to share. '.repeat(18) +
      'No peanuts.',
    ms: 4210,
  }),
  toolRun({
    callId: 'call_7',
    step: 2,
    name: 'retain_memory',
    arguments: '{"content":"Ana and her sister arrive in Lisbon on Friday at 19:40."}',
    result: 'Stored.',
    ms: 9,
    documentId: 'c8.tools.call_7',
    learned: [
      { id: 'l1', text: 'Ana and her sister arrive in Lisbon on Friday at 19:40.', factType: 'world' },
      { id: 'l2', text: 'Ana travels with her sister.', factType: 'observation' },
    ],
  }),
  toolRun({
    callId: 'call_8',
    step: 2,
    name: 'get_weather',
    arguments: '{"place":"Lisbon","days":3}',
    state: 'failed',
    result: 'There is no tool `get_weather`.',
    ms: 1,
    error: { code: 'notFound', message: 'There is no tool `get_weather`.', retryable: false },
  }),
];

const call = (run: ToolRun): Part => ({
  kind: 'tool_call',
  id: run.callId,
  name: run.name,
  arguments: run.arguments,
});
const answer = (run: ToolRun): Part => ({
  kind: 'tool_result',
  id: run.callId,
  name: run.name,
  text: run.result ?? '',
  failed: run.state === 'failed',
});

/** The parts of that turn's message. */
export function parts(closing: string): Part[] {
  const [a, b, c, d, e] = runs as [ToolRun, ToolRun, ToolRun, ToolRun, ToolRun];
  return [
    { kind: 'text', text: 'Let me see what I know about you two.' },
    call(a),
    call(b),
    answer(a),
    answer(b),
    { kind: 'text', text: 'The hotel is new to me. One more look:' },
    call(c),
    answer(c),
    call(d),
    call(e),
    answer(d),
    answer(e),
    { kind: 'text', text: closing },
  ];
}
