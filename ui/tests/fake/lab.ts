// The scripted app's recall lab: what would be asked, a recall of either make of server (`?make=reranked` in the address
// for one that fuses ranks and reranks), why a fact is not there, and two checks.
import type { Candidate } from '$gen/Candidate';
import type { CheckView } from '$gen/CheckView';
import type { FactType } from '$gen/FactType';
import type { Fate } from '$gen/Fate';
import type { LabRecalled } from '$gen/LabRecalled';
import type { RecallRequest } from '$gen/RecallRequest';
import type { Answers, Streams } from '../../src/host/fake';

const asked = new URLSearchParams(globalThis.location?.search ?? '');
const reranked = asked.get('make') === 'reranked';

const TEXTS = [
  'Wiebke is allergic to hazelnuts and carries an adrenaline pen.',
  'Wiebke moved to Lisbon in March 2024 to be near the sea.',
  'The family avoids nuts when Wiebke visits.',
  'Ana baked a cake without nuts for the birthday.',
  '<b>Bob</b> asked whether almonds are nuts; <script>alert(1)</script> they are not, botanically.',
  'The restaurant at the harbour labels allergens on its menu.',
  'Wiebke’s doctor is Dr. Almeida in Alfama.',
  'Granola was thrown away because of hazelnuts.',
  'The class trip took an emergency plan along.',
  'Ana prefers walnuts.',
  'They met in 2019.',
  'The dog is called Nut.',
];
const KINDS: FactType[] = ['world', 'observation', 'experience'];

function fate(index: number): Fate {
  if (index < 6) return { kind: 'answered', rank: index + 1 };
  const out: Fate[] = [
    { kind: 'tokens', over: 7 },
    { kind: 'tokens', over: 3 },
    { kind: 'covered', by: null },
    { kind: 'min_score', which: 'final', floor: 0.2, score: 0.18 },
    { kind: 'cap', most: 200 },
    { kind: 'not_known' },
  ];
  return out[index - 6] ?? { kind: 'not_known' };
}

function candidate(text: string, index: number): Candidate {
  const semantic = ((index * 5) % 12) + 1;
  const keyword = ((index * 7) % 12) + 1;
  const base = 1 - index / 14;
  const recency = 1 - ((index * 3) % 7) / 40;
  const place = (rank: number, score: number, scoreName: string) => ({
    rank,
    kindRank: Math.ceil(rank / 2),
    score,
    scoreName,
  });
  const score = base * recency;
  return {
    id: `00000000-0000-4000-8000-00000000000${index.toString(16)}`,
    text,
    factType: KINDS[index % 3] ?? 'world',
    arms: {
      ...(index % 4 === 3 ? {} : { semantic: place(semantic, 0.9 - semantic * 0.04123, 'similarity') }),
      ...(index % 3 === 2 ? {} : { bm25: place(keyword, 12.5 / keyword, 'bm25_score') }),
      ...(index % 5 === 1 ? { graph: place(index, 0.46211715726, 'activation') } : {}),
    },
    fusedRank: ((index * 5) % 12) + 1,
    fusedScore: reranked ? 1 / (60 + semantic) : base,
    rank: index + 1,
    score,
    factors: reranked
      ? [
          { name: 'cross_encoder', raw: 2.1 - index, times: base },
          { name: 'recency', raw: 0.1 + index / 20, times: recency },
          { name: 'temporal', raw: 0.5, times: 1 },
          { name: 'proof', raw: 0.5, times: 1 },
        ]
      : [
          { name: 'sum', raw: base, times: base },
          { name: 'recency', raw: 0.4, times: recency },
          { name: 'proof', raw: 0.5, times: 1 },
        ],
    parts: reranked
      ? []
      : [
          { name: 'semantic', value: base * 0.7 },
          { name: 'keyword', value: base * 0.3 },
          { name: 'neighbour', value: 0 },
        ],
    repeats: null,
    tokens: Math.ceil(text.length / 4),
    fate: fate(index),
  };
}

function recalled(request: RecallRequest): LabRecalled {
  const few = request.budget === 'low';
  const candidates = TEXTS.map(candidate);
  const answered = candidates.filter((one) => one.fate.kind === 'answered');
  const shown = few ? [...answered].reverse().slice(1) : answered;
  return {
    body: request,
    ms: 18.4,
    ignoredParams: [],
    answer: {
      results: shown.map((one) => ({
        id: one.id,
        text: one.text ?? '',
        factType: one.factType,
        entities: [],
        context: null,
        occurredStart: null,
        occurredEnd: null,
        mentionedAt: '2026-11-01T10:00:00Z',
        documentId: 'd',
        chunkId: null,
        tags: [],
        metadata: {},
        sourceFactIds: [],
        scores: { final: one.score, reranker: null, semantic: null, keyword: null },
      })),
      entities: {},
      chunks: {},
      sourceFacts: {},
      sourceFactsTruncated: null,
      trace: null,
      rawTrace: { query: { query_text: request.query } },
      newBank: false,
    },
    stages: {
      make: reranked ? 'reranked' : 'summed',
      query: {
        queryText: request.query,
        timestamp: null,
        budget: 300,
        maxTokens: 96,
        temporalConstraint: null,
      },
      arms: KINDS.flatMap((factType) => [
        { method: 'semantic', factType, count: 4, seconds: reranked ? 0.0042 : null },
        { method: 'bm25', factType, count: 3, seconds: null },
        { method: 'graph', factType, count: factType === 'world' ? 2 : 0, seconds: null },
      ]),
      candidates,
      phases: [
        { phaseName: 'generate_query_embedding', durationSeconds: 0.0061, details: {} },
        { phaseName: 'parallel_retrieval', durationSeconds: 0.0093, details: {} },
        { phaseName: 'token_filtering', durationSeconds: 0.0004, details: {} },
      ],
      seconds: 0.0171,
      tokens: 92,
      maxTokens: 96,
      most: 600,
    },
  };
}

const usual: RecallRequest = { query: '', budget: 'mid', max_tokens: 4096, trace: true };

const checks: CheckView[] = [
  {
    check: {
      id: 'c1',
      name: 'Wiebke’s allergy',
      serverId: 'embedded',
      bankId: 'ana',
      request: { query: 'What is Wiebke allergic to?' },
      expect: [{ kind: 'fact', id: 'x', text: TEXTS[0] ?? '', rank: 3 }],
    },
    last: {
      at: new Date().toISOString(),
      state: 'red',
      ms: 21.2,
      tokens: 92,
      count: 6,
      found: [],
      error: null,
      verdicts: [
        {
          expectation: { kind: 'fact', id: 'x', text: TEXTS[0] ?? '', rank: 3 },
          state: 'red',
          seen: 'rank 5',
          by: 'text',
        },
        { expectation: { kind: 'max_ms', n: 300 }, state: 'green', seen: '21.2 ms', by: null },
      ],
    },
    difference: {
      was: 'green',
      moves: [{ id: 'x', text: TEXTS[0] ?? '', from: 1, to: 5 }],
      tokens: 12,
      ms: 3,
    },
  },
  {
    check: {
      id: 'c2',
      name: 'Nothing of work in the family bank',
      serverId: 'embedded',
      bankId: 'ana',
      request: { query: 'salary' },
      expect: [{ kind: 'nothing_from', bank: 'work' }],
    },
    last: null,
    difference: null,
  },
];

export const answers: Answers = {
  'lab.defaults': () => ({
    recall: usual,
    reflect: { query: '', budget: 'mid', max_tokens: 4096, include: { facts: {}, tool_calls: {} } },
    retain: { items: [{ content: '', document_id: 'lab.1', update_mode: 'replace' }], async: true },
    mode: 'recall',
    maxMemories: { kind: 'at', n: 5 },
    recallUrl: 'http://127.0.0.1:8888/v1/default/banks/ana/memories/recall',
    reflectUrl: 'http://127.0.0.1:8888/v1/default/banks/ana/reflect',
    retainUrl: 'http://127.0.0.1:8888/v1/default/banks/ana/memories',
    key: true,
  }),
  'lab.recall': ({ request }) => recalled(request),
  'lab.cancel': () => ({}),
  'lab.whyNot': ({ request }) => ({
    fact: null,
    bankId: 'ana',
    gate: { kind: 'tokens', over: 7, rank: 7, maxTokens: 96 },
    steps: [
      { gate: 'other_bank', state: 'passed' },
      { gate: 'tags', state: 'passed' },
      { gate: 'tokens', state: 'stopped' },
      { gate: 'own_cap', state: 'not_asked' },
    ],
    changes: [{ field: 'max_tokens', from: 96, to: 103 }],
    request: { ...request, max_tokens: 103 },
    proved: true,
    ownWords: 1,
    recalls: 3,
  }),
  'check.list': () => ({ items: checks }),
  'check.export': () => ({ yaml: 'version: 1\nchecks: []\n' }),
};

export const streams: Streams = {
  'check.run': (_, item, end) => {
    item({ done: 0, of: checks.length, view: null });
    checks.forEach((view, index) => item({ done: index + 1, of: checks.length, view }));
    end();
    return undefined;
  },
};
