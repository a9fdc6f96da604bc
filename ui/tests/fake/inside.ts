// What a scripted bank keeps inside: directives, mental models, pages, operations, calls, logs, counts. Everything a
// Hindsight server has and the engine lacks can be looked at here. `?data=none` and `lots` as in app.ts.
import type { ChildOperation } from '../../src/gen/ChildOperation';
import type { Directive } from '../../src/gen/Directive';
import type { KnowledgeNode } from '../../src/gen/KnowledgeNode';
import type { LlmRequest } from '../../src/gen/LlmRequest';
import type { MentalModel } from '../../src/gen/MentalModel';
import type { Operation } from '../../src/gen/Operation';
import type { Webhook } from '../../src/gen/Webhook';
import type { Answers } from '../../src/host/fake';

const amount = new URLSearchParams(globalThis.location?.search ?? '').get('data') ?? 'few';
const NOW = Date.now();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ago = (ms: number) => new Date(NOW - ms).toISOString();
const HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

const many = <T>(few: readonly T[], again: (one: T, n: number) => T): T[] =>
  amount === 'none'
    ? []
    : amount === 'lots'
      ? Array.from({ length: 500 }, (_, n) => again(few[n % few.length] as T, n))
      : [...few];

let directives: Directive[] = many(
  [
    ['Language', 'Answer in the language of the question.', 10, true, []],
    ['No diagnoses', 'Never name a diagnosis; tell people to see a doctor.', 5, true, ['health']],
    ['Old tone', `Write like a pirate. ${HOSTILE}`, 0, false, []],
  ] as const,
  (one) => one,
).map(([name, content, priority, isActive, tags], n) => ({
  id: `d${n}`,
  name,
  content,
  priority,
  isActive,
  tags: [...tags],
  createdAt: ago(n * DAY),
  updatedAt: null,
}));

const trigger: MentalModel['trigger'] = {
  budget: null,
  mode: 'delta',
  refreshAfterConsolidation: false,
  refreshCron: '0 6 * * mon-fri',
  fullRefreshCron: null,
  minRefreshIntervalSeconds: null,
  factTypes: null,
  excludeMentalModels: false,
  excludeMentalModelIds: null,
  tagsMatch: null,
  tagGroups: null,
  includeChunks: null,
  recallMaxTokens: null,
  recallChunksMaxTokens: null,
  reflectSearchObservationsMaxTokens: null,
  reflectSearchObservationsIncludeEntities: null,
  responseSchema: null,
  keepTrace: false,
};
const TEXT =
  '## At home\n\nWiebke lives in **Bremen** with two cats and her sister Ana.\n\n- She is allergic to hazelnuts.\n- She rows on Tuesdays.\n\nA link: [the club](https://rowing.example).';
const model = (id: string, name: string, more: Partial<MentalModel> = {}): MentalModel => ({
  id,
  name,
  sourceQuery: 'Who is Wiebke, where does she live, and what must one know when cooking for her?',
  content: TEXT,
  tags: ['person:wiebke'],
  maxTokens: 2048,
  trigger,
  lastRefreshedAt: ago(3 * HOUR),
  lastMemorySeenAt: ago(4 * HOUR),
  lastRefreshFailedAt: null,
  lastFullRefreshedAt: ago(3 * DAY),
  createdAt: ago(9 * DAY),
  isKnowledgePage: false,
  isStale: false,
  reflectResponse: {
    basedOn: {
      world: [
        { id: 'f1', text: 'Wiebke lives in Bremen.', factType: 'world', context: null },
        { id: 'f2', text: `Wiebke is allergic to hazelnuts. ${HOSTILE}`, factType: 'world', context: null },
      ],
      observation: [{ id: 'f3', text: 'Wiebke rows each Tuesday.', factType: 'observation', context: null }],
      directives: [
        { id: 'd1', text: 'Answer in the language of the question.', factType: null, context: 'Language' },
      ],
      experience: [],
    },
    outcome: 'content_written',
    structuredOutput: null,
    trace: { tool_calls: [{ tool: 'recall', input: { query: 'Wiebke' } }] },
  },
  ...more,
});
let models: MentalModel[] = many(
  [
    model('wiebke', 'Wiebke'),
    model('work', 'Work this month', {
      isStale: true,
      trigger: { ...trigger, refreshCron: null, refreshAfterConsolidation: true },
    }),
    model('trips', `Trips ${HOSTILE}`, {
      lastRefreshFailedAt: ago(HOUR),
      trigger: { ...trigger, refreshCron: null },
    }),
    model('new', 'Not yet', { content: '', lastRefreshedAt: null, lastMemorySeenAt: null, tags: [] }),
  ],
  (one, n) => ({ ...one, id: `${one.id}${n}`, name: `${one.name} ${n}` }),
);

const operation = (id: string, kind: string, status: string, more: Partial<Operation> = {}): Operation => ({
  id,
  status,
  kind,
  itemsCount: null,
  documentId: null,
  createdAt: ago(12 * MINUTE),
  updatedAt: ago(2 * MINUTE),
  completedAt: status === 'completed' ? ago(2 * MINUTE) : null,
  errorMessage: null,
  retryCount: null,
  nextRetryAt: null,
  progress: null,
  filename: null,
  mentalModelId: null,
  details: null,
  resultMetadata: null,
  taskPayload: null,
  childOperations: [],
  ...more,
});
const part = (
  operationId: string,
  status: string,
  n: number,
  errorMessage: string | null,
): ChildOperation => ({
  operationId,
  status,
  subBatchIndex: n,
  itemsCount: 8,
  errorMessage,
});
let operations: Operation[] = many(
  [
    operation('o1', 'consolidation', 'processing', {
      progress: { stage: 'merging', at: null, processed: 12, total: 40, detail: null },
    }),
    operation('o2', 'batch_retain', 'failed', {
      itemsCount: 16,
      errorMessage: 'One of two parts failed.',
      childOperations: [
        part('o3', 'completed', 0, null),
        part('o4', 'failed', 1, 'Fact extraction failed: the model answered no JSON.'),
      ],
    }),
    operation('o3', 'retain', 'completed', { documentId: 'chat/1', resultMetadata: { unit_ids_count: 4 } }),
    operation('o4', 'retain', 'failed', {
      documentId: 'chat/2',
      errorMessage: `Fact extraction failed: the model answered no JSON. ${HOSTILE}`,
      retryCount: 3,
      taskPayload: { document_id: 'chat/2', items: 8 },
    }),
    operation('o5', 'refresh_mental_model', 'pending', { mentalModelId: 'wiebke' }),
    operation('o6', 'export_bank', 'cancelled', { createdAt: ago(3 * DAY) }),
  ],
  (one, n) => ({ ...one, id: `${one.id}-${n}` }),
);

const call = (
  id: string,
  scope: string,
  start: number,
  ms: number,
  more: Partial<LlmRequest> = {},
): LlmRequest => ({
  id,
  operation: 'reflect',
  scope,
  traceId: 'run-1',
  spanId: id,
  parentSpanId: null,
  provider: 'scripted',
  model: 'scripted-1',
  status: 'success',
  startedAt: new Date(NOW - 20 * MINUTE + start).toISOString(),
  endedAt: null,
  durationMs: ms,
  inputTokens: 1200,
  outputTokens: 90,
  cachedTokens: 800,
  thoughtsTokens: null,
  totalTokens: 1290,
  input: null,
  output: null,
  error: null,
  llmInfo: null,
  metadata: { memory_ids: ['0f2a77c1-f1', '9c31be70-f2'], document_id: 'chat/1' },
  ...more,
});
const calls: LlmRequest[] = many(
  [
    call('c1', 'reflect_tool_call', 0, 820),
    call('c2', 'embedding_query', 830, 22, {
      parentSpanId: 'c1',
      inputTokens: 9,
      outputTokens: 0,
      cachedTokens: null,
    }),
    call('c3', 'reflect_tool_call', 900, 610),
    call('c4', 'reflect', 1520, 2400, { outputTokens: 420 }),
    call('c5', 'retain_extract_facts', -60 * MINUTE, 5400, {
      operation: 'retain',
      traceId: 'run-2',
      status: 'error',
      error: `The answer was no JSON. ${HOSTILE}`,
      outputTokens: 0,
    }),
    call('c6', 'consolidation', -90 * MINUTE, 3100, { operation: 'consolidation', traceId: null }),
  ],
  (one, n) => ({
    ...one,
    id: `${one.id}-${n}`,
    spanId: `${one.spanId ?? ''}-${n}`,
    traceId: `${one.traceId ?? 'alone'}-${n % 40}`,
  }),
);

let audited = true;
const ACTIONS = ['recall', 'recall', 'retain', 'reflect', 'update_memory', 'create_directive'];
const entries = Array.from({ length: amount === 'none' ? 0 : amount === 'lots' ? 500 : 14 }, (_, n) => ({
  id: `a${n}`,
  action: ACTIONS[n % ACTIONS.length] ?? 'recall',
  transport: n % 5 === 4 ? 'mcp' : 'http',
  startedAt: ago(n * 5 * HOUR),
  endedAt: null,
  durationMs: 12 + n,
  metadata: null,
  request: null,
  response: null,
}));

let hooks: Webhook[] = many<Webhook>(
  [
    {
      id: 'w1',
      url: 'https://hooks.example/rearview/very/long/path/that/does/not/fit/into/one/line?token=abc',
      hasSecret: true,
      eventTypes: ['retain.completed', 'consolidation.completed'],
      enabled: true,
      httpConfig: { method: 'POST', timeoutSeconds: 30, headers: { 'X-From': 'bank' }, params: {} },
      createdAt: ago(DAY),
      updatedAt: null,
    },
    {
      id: 'w2',
      url: 'https://other.example/hook',
      hasSecret: false,
      eventTypes: ['memory_defense.triggered'],
      enabled: false,
      httpConfig: { method: 'GET', timeoutSeconds: 5, headers: {}, params: {} },
      createdAt: ago(DAY),
      updatedAt: null,
    },
  ],
  (one, n) => ({ ...one, id: `${one.id}-${n}` }),
);

const node = (
  id: string,
  kind: 'folder' | 'page',
  name: string,
  more: Partial<KnowledgeNode> = {},
): KnowledgeNode => ({
  id,
  kind,
  name,
  parentId: null,
  mentalModelId: kind === 'page' ? 'wiebke' : null,
  managed: false,
  description: null,
  tags: [],
  timestamp: ago(HOUR),
  isStale: false,
  lastRefreshFailedAt: null,
  trigger: null,
  children: [],
  ...more,
});
const roots: KnowledgeNode[] = many(
  [
    node('f1', 'folder', 'People', {
      children: [
        node('p1', 'page', 'Wiebke', { parentId: 'f1' }),
        node('p2', 'page', `Ana ${HOSTILE}`, { parentId: 'f1', isStale: true }),
        node('f2', 'folder', 'Family', {
          parentId: 'f1',
          children: [node('p3', 'page', 'Birthdays', { parentId: 'f2', lastRefreshFailedAt: ago(HOUR) })],
        }),
      ],
    }),
    node('p4', 'page', 'House rules'),
  ],
  (one, n) => ({ ...one, id: `${one.id}-${n}`, name: `${one.name} ${n}`, children: [] }),
);

const FEATURES: Record<string, string> = { bank_llm_health: 'It is switched off on this memory server.' };
const OFFERED = [
  'aliases', 'clone', 'transfer_export', 'transfer_import', 'document_history', 'audit_logs', 'audit_log_entry',
  'llm_requests', 'mental_models', 'knowledge_base', 'directives', 'webhooks', 'dry_run_extract', 'prompts_preview',
  'consolidation_preview', 'entity_graph', 'memory_graph', 'bank_config', 'bank_llm_health', 'file_retain',
  'attachments', 'bank_template', 'memories_timeseries',
]; // prettier-ignore

const WIDTHS: Record<string, [number, number, string]> = {
  '1h': [60, MINUTE, 'minute'],
  '12h': [12, HOUR, 'hour'],
  '1d': [24, HOUR, 'hour'],
  '7d': [7, DAY, 'day'],
  '30d': [30, DAY, 'day'],
  '90d': [90, DAY, 'day'],
};
const spread = (period: string) => {
  const [bars, width, trunc] = WIDTHS[period] ?? [7, DAY, 'day'];
  const first = Math.floor(NOW / width) * width - (bars - 1) * width;
  return { trunc, times: Array.from({ length: bars }, (_, n) => new Date(first + n * width).toISOString()) };
};
const scale = amount === 'none' ? 0 : amount === 'lots' ? 1000 : 1;

const counts = (some: Record<string, number>): Record<string, number> => some;

export const answers: Answers = {
  'server.features': () => ({
    items: OFFERED.map((name) => ({ name, available: !(name in FEATURES), reason: FEATURES[name] ?? null })),
  }),

  'directive.list': () => ({ items: directives, total: directives.length }),
  'directive.create': ({ directive }) => {
    const made = { ...directive, id: `d${NOW}${directives.length}`, createdAt: ago(0), updatedAt: null };
    directives = [...directives, made];
    return made;
  },
  'directive.update': ({ directiveId, patch }) => {
    directives = directives.map((one) =>
      one.id === directiveId
        ? { ...one, ...Object.fromEntries(Object.entries(patch).filter(([, value]) => value != null)) }
        : one,
    );
    return directives.find((one) => one.id === directiveId) as Directive;
  },
  'directive.delete': ({ directiveId }) => {
    directives = directives.filter((one) => one.id !== directiveId);
    return {};
  },

  'mentalModel.list': () => ({
    items: models.map((one) => ({ ...one, reflectResponse: null })),
    total: models.length,
  }),
  'mentalModel.read': ({ modelId }) => models.find((one) => one.id === modelId) ?? model(modelId, modelId),
  'mentalModel.history': () => ({
    items: [
      {
        previousContent: TEXT.replace('two cats and her sister Ana', 'a cat').replace('Tuesdays', 'Mondays'),
        previousReflectResponse: null,
        changedAt: ago(3 * HOUR),
        kind: null,
        outcome: null,
        failureReason: null,
        errorMessage: null,
      },
      {
        previousContent: null,
        previousReflectResponse: null,
        changedAt: ago(DAY),
        kind: 'failure',
        outcome: 'refresh_failed_error',
        failureReason: 'error',
        errorMessage: 'The model behind the server did not answer in time.',
      },
      {
        previousContent: '',
        previousReflectResponse: null,
        changedAt: ago(3 * DAY),
        kind: null,
        outcome: null,
        failureReason: null,
        errorMessage: null,
      },
    ],
  }),
  'mentalModel.create': ({ model: given }) => {
    const id = given.id ?? `m${models.length}`;
    models = [model(id, given.name, { content: '', lastRefreshedAt: null }), ...models];
    return { mentalModelId: id, operationId: 'o3' };
  },
  'mentalModel.update': ({ modelId, patch }) => {
    models = models.map((one) => (one.id === modelId ? { ...one, name: patch.name ?? one.name } : one));
    return models.find((one) => one.id === modelId) as MentalModel;
  },
  'mentalModel.delete': ({ modelId }) => {
    models = models.filter((one) => one.id !== modelId);
    return {};
  },
  'mentalModel.clear': ({ modelId }) => {
    models = models.map((one) => (one.id === modelId ? { ...one, content: '' } : one));
    return {};
  },
  'mentalModel.refresh': () => ({ operationId: 'o3', deduplicated: false }),
  'mentalModel.dryRun': ({ modelId, full }) => ({
    requestedMode: full ? 'full' : 'delta',
    effectiveMode: 'full',
    modeFallbackReason: full ? null : 'source_query_changed',
    outcome: 'content_written',
    wouldPersist: true,
    scope: { tags: ['person:wiebke'], tags_match: 'all_strict' },
    window: { createdAfter: null, createdBefore: ago(0), watermark: ago(HOUR) },
    facts: { retrieved: { world: 14, observation: 3 }, used: { world: 2, observation: 1 } },
    basedOn: models.find((one) => one.id === modelId)?.reflectResponse?.basedOn ?? {},
    currentContent: TEXT,
    candidateContent: TEXT,
    previewContent: TEXT.replace('two cats', 'three cats'),
    diff: '',
    deltaOperations: null,
    trace: null,
    usage: {
      inputTokens: 3120,
      outputTokens: 240,
      totalTokens: 3360,
      cachedTokens: null,
      thoughtsTokens: null,
    },
    durationMs: 4210,
    warnings: ['Two facts in scope have no date.'],
  }),

  'knowledge.tree': () => ({ roots }),
  'knowledge.read': ({ pageId }) => ({
    id: pageId,
    name: 'Wiebke',
    description: 'Who she is, and what to cook for her.',
    tags: ['person:wiebke'],
    timestamp: ago(HOUR),
    body: TEXT,
    markdown: `---\nname: Wiebke\n---\n\n${TEXT}`,
  }),
  'knowledge.search': ({ q }) => ({
    results: [{ id: 'p1', name: 'Wiebke', snippet: `… ${q} … ${HOSTILE}`, score: 0.8, updatedAt: ago(HOUR) }],
    total: 1,
  }),
  'knowledge.export': () => ({ folder: '/home/ana/Downloads/ana pages', files: 4 }),
  'knowledge.createFolder': ({ name }) => node('new-folder', 'folder', name),
  'knowledge.createPage': () => ({ pageId: 'p1', mentalModelId: 'wiebke', operationId: 'o3' }),
  'knowledge.update': ({ nodeId }) => node(nodeId, 'page', 'x'),
  'knowledge.delete': () => ({}),

  'webhook.list': () => ({ items: hooks, total: hooks.length }),
  'webhook.create': () => hooks[0] as Webhook,
  'webhook.update': ({ webhookId, patch }) => {
    hooks = hooks.map((one) =>
      one.id === webhookId ? { ...one, enabled: patch.enabled ?? one.enabled } : one,
    );
    return hooks.find((one) => one.id === webhookId) as Webhook;
  },
  'webhook.delete': ({ webhookId }) => {
    hooks = hooks.filter((one) => one.id !== webhookId);
    return {};
  },
  'webhook.deliveries': () => ({
    items: [
      {
        id: 'x1',
        eventId: 'e1',
        eventType: 'retain.completed',
        status: 'delivered',
        attempts: 1,
        nextRetryAt: null,
        lastError: null,
        lastResponseStatus: 200,
        lastResponseBody: null,
        lastAttemptAt: ago(HOUR),
        createdAt: ago(HOUR),
      },
      {
        id: 'x2',
        eventId: 'e2',
        eventType: 'consolidation.completed',
        status: 'failed',
        attempts: 3,
        nextRetryAt: null,
        lastError: 'HTTP 502',
        lastResponseStatus: 502,
        lastResponseBody: `<html>${HOSTILE}</html>`,
        lastAttemptAt: ago(2 * HOUR),
        createdAt: ago(2 * HOUR),
      },
    ],
    nextCursor: null,
  }),

  'memory.tags': ({ filter }) => {
    const names = many(['home', 'person:wiebke', 'work', 'chat:12', HOSTILE], (one, n) => `${one}:${n}`);
    const word = (filter.q ?? '').replaceAll('*', '').toLowerCase();
    const fit = names.filter((tag) => tag.toLowerCase().includes(word));
    return {
      items: fit.slice(0, filter.limit ?? 100).map((tag, n) => ({ tag, count: Math.max(1, 40 - n * 7) })),
      total: fit.length,
    };
  },
  'stats.read': () => ({
    totalNodes: 212 * scale,
    totalLinks: 1733 * scale,
    totalDocuments: 61 * scale,
    nodesByFactType: counts(
      scale ? { world: 139 * scale, experience: 48 * scale, observation: 25 * scale } : {},
    ),
    linksByLinkType: counts(
      scale ? { entity: 1204 * scale, semantic: 311 * scale, temporal: 201 * scale, caused_by: 17 } : {},
    ),
    operationsByStatus: {},
    pendingOperations: 0,
    failedOperations: scale ? 2 : 0,
    pendingConsolidation: 14 * scale,
    failedConsolidation: scale ? 3 : 0,
    totalObservations: 25 * scale,
    lastConsolidatedAt: scale ? ago(3 * HOUR) : null,
    lastMemoryWriteAt: scale ? ago(HOUR) : null,
  }),
  'stats.overTime': ({ period, timeField }) => {
    const { trunc, times } = spread(period);
    const buckets = times.map((time, n) => ({
      time,
      world: ((n * 7) % 11) * scale,
      experience: ((n * 3) % 5) * scale,
      observation: (n % 4 === 0 ? 3 : 0) * scale,
    }));
    return { period, trunc, timeField, buckets };
  },
  'llmHealth.read': () => ({
    operations: [
      { operation: 'retain', ok: true, status: 'connected', latencyMs: 412 },
      { operation: 'reflect', ok: false, status: 'auth_failed', latencyMs: null },
    ],
  }),
  'observation.consolidate': () => ({ operationId: 'o1', deduplicated: false }),
  'observation.recover': () => ({ retriedCount: 3 }),

  'operation.list': ({ filter }) => {
    const fit = operations.filter(
      (one) => (!filter.status || one.status === filter.status) && (!filter.kind || one.kind === filter.kind),
    );
    const offset = filter.offset ?? 0;
    return { operations: fit.slice(offset, offset + (filter.limit ?? 100)), total: fit.length };
  },
  'operation.read': ({ operationId }) =>
    operations.find((one) => one.id === operationId) ?? operation(operationId, 'retain', 'not_found'),
  'operation.cancel': ({ operationId }) => {
    operations = operations.map((one) => (one.id === operationId ? { ...one, status: 'cancelled' } : one));
    return {};
  },
  'operation.retry': ({ operationId }) => {
    operations = operations.map((one) => (one.id === operationId ? { ...one, status: 'pending' } : one));
    return {};
  },
  'operation.forget': ({ operationId }) => {
    operations = operations.filter((one) => one.id !== operationId);
    return {};
  },

  'audit.state': () => ({ on: audited }),
  'audit.switch': ({ on }) => ({ on: (audited = on) }),
  'audit.list': ({ filter }) => {
    const fit = entries.filter(
      (one) =>
        (!filter.action || one.action === filter.action) &&
        (!filter.transport || one.transport === filter.transport),
    );
    const offset = filter.offset ?? 0;
    return { items: fit.slice(offset, offset + (filter.limit ?? 50)), total: fit.length };
  },
  'audit.read': ({ entryId }) => ({
    ...(entries.find((one) => one.id === entryId) ?? entries[0] ?? ({} as never)),
    request: { query: `Wiebke ${HOSTILE}`, budget: 'mid', max_tokens: 4096 },
    response: { results: [{ id: 'f1', text: 'Wiebke lives in Bremen.' }] },
  }),
  'audit.volume': ({ period }) => {
    const { trunc, times } = spread(period);
    return {
      period,
      trunc,
      start: times[0] ?? null,
      buckets: times
        .filter((_, n) => n % 3 !== 1 && scale > 0)
        .map((time, n) => ({ time, actions: { recall: 4 + n, retain: n % 3, reflect: 1 }, total: 5 + n })),
    };
  },

  'llmRequest.list': () => ({ items: calls, total: new Set(calls.map((one) => one.traceId ?? one.id)).size }),
  'llmRequest.read': ({ requestId }) => ({
    ...(calls.find((one) => one.id === requestId) ?? call(requestId, 'reflect', 0, 1)),
    input: [
      { role: 'system', content: 'Answer from the facts.' },
      { role: 'user', content: `Where does Wiebke live? ${HOSTILE} ${'and so on '.repeat(400)}` },
    ],
    output: '{"answer": "In Bremen.", "memory_ids": ["f1"]}',
    llmInfo: { request: { temperature: 0.9 } },
  }),
  'llmRequest.volume': ({ period }) => {
    const { trunc, times } = spread(period);
    return {
      period,
      trunc,
      start: times[0] ?? null,
      buckets: scale
        ? times.map((time, n) => ({
            time,
            statuses: { success: (n * 5) % 9, ...(n % 4 === 3 ? { error: 1 } : {}) },
            total: 5,
            tokens: { input: 5200, output: 410, cached: 2400, thoughts: null, total: 5610 },
          }))
        : [],
    };
  },
};
