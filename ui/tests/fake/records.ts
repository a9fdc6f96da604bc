// Records of the scripted app: one turn for each thing that memory can do. The turn's id says which.
import type { BodyView } from '$gen/BodyView';
import type { DecidedSettings } from '$gen/DecidedSettings';
import type { RecalledMemory } from '$gen/RecalledMemory';
import type { Segment } from '$gen/Segment';
import type { TurnRecord } from '$gen/TurnRecord';
import type { Answers } from '$host/fake';
import { BUILT_IN } from '$lib/turnSettings';
import { runs as toolRuns } from './tools';

const FACTS = [
  'Ana is vegetarian and has been since 2019.',
  'Ana and her sister like small plates that are shared.',
  'Ana is planning a trip to Lisbon in May 2027, and wants to be by the river.',
  'The assistant recommended the Time Out Market to Ana on her last trip.',
  'Ana is allergic to peanuts <script>alert(1)</script> \u202eesrever\u202c.',
];
const TYPES = ['world', 'observation', 'world', 'experience', 'world'] as const;

function memory(n: number): RecalledMemory {
  return {
    id: `0199a7c2-${String(n).padStart(4, '0')}-7d31-b0aa-5c2e7d0f${String(n).padStart(4, '0')}`,
    text:
      n < FACTS.length
        ? (FACTS[n] ?? '')
        : `Something smaller that Ana once said, number ${n}. `.repeat(1 + (n % 3)),
    factType: TYPES[n % TYPES.length] ?? null,
    entities: n % 3 === 2 ? [] : ['Ana', 'Lisbon'],
    context: n % 2 === 0 ? 'planning a holiday' : null,
    occurredStart: n % 2 === 0 ? '2027-05-01T00:00:00Z' : null,
    occurredEnd: n % 4 === 0 ? '2027-05-31T00:00:00Z' : null,
    mentionedAt: '2026-11-18T09:12:00Z',
    documentId: `c-0199a7.t-${n}`,
    chunkId: null,
    tags: ['chat:c1'],
    metadata: {},
    scores: {
      final: 0.9137261 / (n + 1),
      reranker: 0.7731 / (n + 1),
      semantic: 0.61233 - n / 100,
      keyword: n % 2 === 0 ? 4.2 : null,
    },
    rank: n + 1,
    arms: n % 2 === 0 ? { semantic: n + 1, bm25: n + 4 } : { graph: n + 2, semantic: n + 1 },
    tokens: 9 + n,
  };
}

function settings(): DecidedSettings {
  const entries = Object.entries(BUILT_IN).map(([name, value]) => [name, { value, level: 'built_in' }]);
  const decided = Object.fromEntries(entries) as DecidedSettings;
  return {
    ...decided,
    budget: { value: 'high', level: 'server' },
    max_memories: { value: { kind: 'at', n: 4 }, level: 'bank' },
    tags: { value: ['travel'], level: 'chat' },
  };
}

const usage = { input: 1841, output: 212, cacheRead: 1024, cacheWrite: null, reasoning: null };

/** A whole turn: recalled, injected, answered, stored. */
export function usedRecord(turnId = 'used', many = 5): TurnRecord {
  const memories = Array.from({ length: many }, (_, n) => memory(n));
  const startedAt = new Date(Date.now() - 95_000).toISOString();
  const taken = memories.slice(0, 4);
  return {
    turnId,
    chatId: 'c1',
    startedAt,
    resolved: {
      bank: { serverId: 'hindsight', bankId: 'ana', decision: { by: 'server' } },
      profile: null,
      model: 'anthropic/claude-sonnet-5',
      settings: settings(),
      injectOff: null,
      storeOff: null,
    },
    query: { text: 'Where should we eat?', derived: 'last user message' },
    memory: {
      mode: 'recall',
      request: { query: 'Where should we eat?', budget: 'high', max_tokens: 4096, trace: true },
      ms: 18.4,
      memories,
      trace: {},
      reflect: null,
      ignoredParams: [],
      keptFrom: null,
      error: null,
    },
    selected: memories.map(({ id }, n) => ({
      memoryId: id,
      gate: n < 4 ? null : 'max_memories',
      pinned: false,
    })),
    injected: {
      placement: 'own_block',
      placed: 'own system message before the last message',
      block: `What is known from earlier:\n${taken.map(({ text }, n) => `${n + 1}. [WORLD] ${text}`).join('\n')}`,
      tokens: 212,
    },
    outcome: { kind: 'used', count: 4, tokens: 212 },
    own: { resolveMs: 0.3, injectMs: 0.5 },
    steps: [
      {
        index: 0,
        method: 'POST',
        url: 'https://api.anthropic.com/v1/messages',
        headers: [
          ['content-type', 'application/json'],
          ['x-api-key', '•••'],
        ],
        bodyHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        bodyBytes: 5120,
        spans: [],
        ownMs: 0.8,
        sentAt: startedAt,
      },
    ],
    stepEnds: [
      {
        index: 0,
        status: 200,
        requestId: 'req_011CTzqJ8sYkNwq',
        connectMs: 92,
        firstTokenMs: 431,
        totalMs: 1204,
        usage,
        finish: { kind: 'stop' },
        notes: [],
        error: null,
      },
    ],
    tools: [],
    answer: {
      messageId: 'm4',
      state: 'finished',
      finish: { kind: 'stop' },
      usage,
      firstTokenMs: 450,
      totalMs: 1226,
      error: null,
    },
    retained: {
      documentId: `c1.${turnId}`,
      content: 'USER: Where should we eat?\n\nASSISTANT: Since Ana is vegetarian …',
      context: 'USER: We land in Lisbon on 3 May.',
      tags: ['chat:c1', 'travel'],
      state: { state: 'done', at: new Date(Date.now() - 60_000).toISOString() },
      sentAt: new Date(Date.now() - 90_000).toISOString(),
    },
    pinned: [],
    echoed: {
      memories: taken.map(({ id }, n) => ({
        memoryId: id,
        words: n === 0 ? ['vegetarian'] : [],
        names: n === 2 ? ['Lisbon'] : [],
        numbers: n === 2 ? ['2027'] : [],
      })),
    },
  };
}

const late = {
  code: 'timeout',
  message: 'Hindsight did not answer within 3 s.',
  hint: 'Raise the recall time-out, or check the server.',
  retryable: true,
} as const;

/** What is not as usual, by the turn's id. */
const VARIANTS: Record<string, (record: TurnRecord) => Partial<TurnRecord>> = {
  empty: () => ({ outcome: { kind: 'empty', new_bank: true }, injected: null, selected: [] }),
  off: () => ({
    outcome: { kind: 'off', why: 'incognito' },
    memory: null,
    injected: null,
    selected: [],
    query: null,
  }),
  failed: (record) => ({
    outcome: { kind: 'failed', error: late },
    injected: null,
    selected: [],
    memory: record.memory && {
      ...record.memory,
      ms: 3001,
      memories: [],
      error: late,
      ignoredParams: ['prefer_observations'],
    },
    retained: record.retained && {
      ...record.retained,
      state: {
        state: 'queued',
        next_try_at: new Date(Date.now() + 40_000).toISOString(),
        attempts: 2,
        last_error: late,
      },
    },
  }),
  reflect: (record) => ({
    selected: [],
    outcome: { kind: 'used', count: 1, tokens: 96 },
    injected: record.injected && { ...record.injected, tokens: 96 },
    memory: record.memory && {
      ...record.memory,
      mode: 'reflect',
      memories: [],
      ms: 4210,
      reflect: {
        text: 'Ana is **vegetarian** and travels to Lisbon in May with her sister.\n\n- likes small plates\n- wants to be by the river',
        structured: { diet: 'vegetarian' },
        basedOn: { memories: [{ id: 'a', text: FACTS[0] }], mental_models: [], directives: [] },
        trace: {
          tool_calls: [
            { tool: 'recall', input: { query: 'food' }, output: null, duration_ms: 210, iteration: 1 },
          ],
        },
      },
    },
  }),
  tools: (record) => {
    const [step, end] = [record.steps[0], record.stepEnds[0]];
    if (!step || !end || !record.resolved) return {};
    const after = [0, 1300, 6800, 8000];
    const begin = Date.parse(record.startedAt);
    const decided = record.resolved.settings;
    return {
      query: { text: 'relevant context about the user', derived: 'fixed' },
      tools: toolRuns,
      steps: after.map((ms, index) => ({
        ...step,
        index,
        bodyHash: `${index}${step.bodyHash.slice(1)}`,
        bodyBytes: step.bodyBytes + index * 900,
        sentAt: new Date(begin + ms).toISOString(),
      })),
      stepEnds: after.map((_, index) => ({ ...end, index })),
      answer: record.answer && { ...record.answer, totalMs: 9300 },
      resolved: {
        ...record.resolved,
        settings: {
          ...decided,
          memory_tools: { value: true, level: 'chat' },
          max_tool_steps: { value: 6, level: 'bank' },
        },
      },
    };
  },
  running: () => ({ answer: null, retained: null, stepEnds: [] }),
};

/** Records of turns that ran here, as they ended. */
export const ended = new Map<string, TurnRecord>();

export function recordOf(turnId: string): TurnRecord {
  const ran = ended.get(turnId);
  if (ran) return ran;
  const record = usedRecord(turnId, turnId === 'many' ? 400 : 5);
  return { ...record, ...VARIANTS[turnId]?.(record) };
}

function bodyOf(turnId: string): BodyView {
  const json = (text: string) => JSON.stringify(text).slice(1, -1);
  const segments: Omit<Segment, 'tokens'>[] = [
    { text: '{"model":"claude-sonnet-5","max_tokens":8192,"system":"', origin: null },
    {
      text: json('You are a kind assistant. '.repeat(turnId === 'many' ? 300 : 3)),
      origin: { kind: 'system' },
    },
    {
      text: '","tools":[{"name":"recall_memory","description":"Look into memory."}]',
      origin: { kind: 'tool', name: 'recall_memory' },
    },
    { text: ',"messages":[', origin: null },
  ];
  const talk = turnId === 'many' ? 300 : 2;
  for (let n = 0; n < talk; n += 1) {
    segments.push({ text: `{"role":"${n % 2 ? 'assistant' : 'user'}","content":"`, origin: null });
    segments.push({
      text: json(`We land in Lisbon on ${n + 1} May.`),
      origin: { kind: 'history', message_id: `m${n}` },
    });
    segments.push({ text: '"},', origin: null });
  }
  segments.push({ text: '{"role":"system","content":"', origin: null });
  segments.push({ text: json('What is known from earlier:\n'), origin: { kind: 'memory_frame' } });
  (recordOf(turnId).memory?.memories ?? []).slice(0, 4).forEach(({ id, text }, n) => {
    segments.push({ text: `${n + 1}. [WORLD] `, origin: { kind: 'memory_frame' } });
    segments.push({ text: json(text), origin: { kind: 'memory', index: n + 1, id } });
    segments.push({ text: '\\n', origin: { kind: 'memory_frame' } });
  });
  segments.push({
    text: '"},{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"',
    origin: null,
  });
  segments.push({ text: 'iVBORw0KGgoAAAANSUhEUg'.repeat(900), origin: { kind: 'attachment', hash: 'aa' } });
  segments.push({ text: '"}},{"type":"text","text":"', origin: null });
  segments.push({ text: 'Where should we eat?', origin: { kind: 'user', message_id: 'm3' } });
  segments.push({ text: '"}]}],"stream":true}', origin: null });
  return {
    hash: 'x',
    bytes: segments.reduce((sum, one) => sum + one.text.length, 0),
    segments: segments.map((one) => ({ ...one, tokens: counted(one) })),
    price: { usdPerMillion: 3, pricesOf: '2026-10-21' },
  };
}

/** Four letters a token, which is near enough for a fake. */
function counted({ text, origin }: Omit<Segment, 'tokens'>): number | null {
  return origin === null || origin.kind === 'attachment' ? null : Math.ceil(text.length / 4);
}

export const answers: Answers = {
  'turn.record': ({ turnId }) => recordOf(turnId),
  'turn.body': ({ turnId }) => bodyOf(turnId),
  'turn.changes': () => ({
    previous: {
      turnId: 'before',
      step: 0,
      sameTurn: false,
      model: 'anthropic/claude-sonnet-5',
      sentAt: new Date(Date.now() - 300_000).toISOString(),
      bytes: 4100,
    },
    changes: {
      sameBytes: 1204,
      first: { kind: 'history', message_id: 'm2' },
      firstBefore: { kind: 'memory', index: 1, id: 'a' },
      againTokens: 12,
      againUsd: null,
      kept: 6,
      rows: [
        { origin: { kind: 'user', message_id: 'm3' }, before: null, after: 'Where should we eat?' },
        {
          origin: { kind: 'memory', index: 1, id: 'a' },
          before: 'Ana is vegetarian.',
          after: 'Ana is vegan.',
        },
      ],
    },
  }),
  'turn.curl': () => ({
    text: 'curl https://api.anthropic.com/v1/messages -H "x-api-key: $ANTHROPIC_API_KEY" -d \'{}\'',
  }),
  'turn.retryRetain': () => ({
    state: 'queued',
    next_try_at: new Date().toISOString(),
    attempts: 3,
    last_error: null,
  }),
};
