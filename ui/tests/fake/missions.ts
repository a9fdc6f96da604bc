// Missions, settings, prompts and scopes of the scripted app's banks: one bank's worth, kept until the page is closed.
// `?reader=model` or `server` says who reads texts; rules otherwise.
import type { BankConfigView } from '$gen/BankConfigView';
import type { ExtractedFact } from '$gen/ExtractedFact';
import type { MemoryReader } from '$gen/MemoryReader';
import type { MissionVersionView } from '$gen/MissionVersionView';
import type { Answers, Streams } from '$host/fake';
import { CONFIG_KEYS } from '$lib/bankConfig';
import { missionOf } from '$lib/mission';

const asked = new URLSearchParams(globalThis.location?.search ?? '').get('reader');
const READERS: Record<string, MemoryReader> = {
  model: { kind: 'model', model: 'openai/gpt-4o-mini' },
  server: { kind: 'server' },
};
const reader: MemoryReader = READERS[asked ?? ''] ?? { kind: 'rules' };
const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();

let overrides: Record<string, unknown> = {
  retain_mission:
    'Keep what a gardener must remember: plants and where they stand, dates of sowing and harvest, what failed and why. Leave out the weather of the day and small talk.',
  disposition_empathy: 4,
  retain_chunk_size: 2000,
  enable_reranking: false,
  entity_labels: [
    {
      key: 'bed',
      description: 'The bed that a plant stands in.',
      type: 'value',
      optional: true,
      tag: true,
      values: [
        { value: 'north', description: 'Behind the shed.' },
        { value: 'south', description: 'Along the wall.' },
      ],
    },
  ],
};
const versions: MissionVersionView[] = [
  { id: 2, at: ago(1), origin: 'saved', revertedTo: null, settings: missionOf(overrides) },
  {
    id: 1,
    at: ago(9),
    origin: 'seen',
    revertedTo: null,
    settings: { retain_mission: 'Keep what a gardener must remember: plants and dates.' },
  },
];

const view = (): BankConfigView => ({
  config: {
    config: {
      ...Object.fromEntries(CONFIG_KEYS.map(({ key, byDefault }) => [key, byDefault])),
      brand_new: { a: 1 },
      ...overrides,
    },
    overrides,
    withoutEffect: 'enable_reranking' in overrides ? ['enable_reranking'] : [],
  },
  reader,
});

function change(updates: Record<string, unknown>) {
  const next = { ...overrides, ...updates };
  overrides = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== null));
  return view();
}

function keep(origin: MissionVersionView['origin'], revertedTo: number | null = null) {
  const id = (versions[0]?.id ?? 0) + 1;
  versions.unshift({ id, at: ago(0), origin, revertedTo, settings: missionOf(overrides) });
  return view();
}

function put(settings: Record<string, unknown>) {
  const others = Object.entries(overrides).filter(([key]) => !(key in missionOf(overrides)));
  overrides = { ...Object.fromEntries(others), ...settings };
}

const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
  cachedTokens: null,
  thoughtsTokens: null,
});
const fact = (text: string, entities: string[] = []): ExtractedFact => ({
  text,
  factType: 'world',
  occurredStart: null,
  occurredEnd: null,
  entities,
  chunkIndex: 0,
});
const DOCUMENTS = ['trip.7f21', 'trip.7f22', 'garden.03aa', 'garden.03ab', 'garden.03ac'];

const FEATURES = ['bank_config', 'prompts_preview', 'dry_run_extract', 'consolidation_preview'];

export const answers: Answers = {
  'server.features': () => ({
    items: FEATURES.map((name) => ({ name, available: true, reason: null })),
  }),
  'observation.strategies': () => ({ strategies: [], default: claim, scopesScanned: 3, complete: true }),
  'bankConfig.read': view,
  'bankConfig.change': ({ updates }) => {
    if (Object.values(updates).includes(13)) throw new Error('retain_chunk_size must not be 13');
    return change(updates);
  },
  'bankConfig.reset': () => {
    overrides = {};
    return keep('saved');
  },
  'bankConfig.prompts': ({ operation, strategy }) => ({
    messages: [
      {
        role: 'system',
        blocks: [
          block('You read a text and write down, as facts for a long-term memory, what it says.\n'),
          block(
            '\nKeep what will still matter in weeks: who people are, what they like, own, plan.\n',
            'retain_extraction_mode',
          ),
          block('', 'entity_labels'),
        ],
      },
      {
        role: 'user',
        blocks: [
          block(`What this memory is for: ${String(overrides.retain_mission ?? '')}\n`, 'retain_mission'),
          block('Date of the text: Friday, 20 November 2026\n\n<<<text\n«the text»\ntext>>>'),
        ],
      },
    ],
    strategy: strategy ?? null,
    strategies: ['quick'],
    runSettings: [{ field: 'retain_chunk_size', value: '2000', editable: true }],
    responseSchema: { type: 'object', properties: { facts: { type: 'array' } } },
    skippedReason: operation === 'consolidation' ? 'Observations are off in this bank.' : null,
  }),
  'mission.save': ({ settings }) => {
    put(settings);
    return keep('saved');
  },
  'mission.revert': ({ version }) => {
    put(versions.find(({ id }) => id === version)?.settings ?? {});
    return keep('reverted', version);
  },
  'mission.versions': ({ limit, offset }) => ({
    items: versions.slice(offset ?? 0, (offset ?? 0) + (limit ?? 50)),
    total: versions.length,
  }),
  'mission.countTokens': ({ texts }) => ({ counts: texts.map((text) => Math.ceil(text.length / 4)) }),
  'mission.planLab': ({ settings, count, documentId }) => ({
    documents: (documentId ? [documentId] : DOCUMENTS.slice(0, count)).map((id) => ({
      id,
      chars: 1800,
      facts: 3,
      at: ago(2),
      tags: ['chat:trip'],
    })),
    turns: documentId === null || documentId === undefined,
    differs: settings.retain_mission !== overrides.retain_mission,
    reader,
    before: reader.kind === 'rules' ? side(0, 0, 0) : side(5, 9_250, 900),
    after: reader.kind === 'rules' ? side(0, 0, 0) : side(5, 9_400, 900),
    cost: reader.kind === 'rules' ? 0 : reader.kind === 'model' ? 0.0038 : null,
    tokensLeft: reader.kind === 'model' ? 312_000 : null,
  }),
  'observation.scopes': () => ({
    scopes: [
      { tags: [], count: 14 },
      { tags: ['user:ana', 'garden'], count: 9 },
      { tags: ['<b>work</b>'], count: 2 },
    ],
    total: 3,
  }),
  'observation.consolidate': () => ({ operationId: 'o1', deduplicated: false }),
  'observation.recover': () => ({ retriedCount: 2 }),
  'observation.clear': () => ({ deletedCount: 25 }),
};

const claim = { matchCount: 3, takenCount: 0, observationCount: 25, samples: [] };

function side(calls: number, inputTokens: number, outputTokens: number) {
  return { calls, inputTokens, outputTokens };
}

function block(text: string, field = '') {
  return {
    text,
    source: field ? 'config' : 'builtin',
    field,
    section: '',
    heading: '',
    active: text !== '',
    value: null,
    editable: true,
  };
}

export const streams: Streams = {
  'mission.lab': ({ documentIds }, item, end) => {
    item({ kind: 'started', documents: documentIds.length });
    const timers = documentIds.map((id, at) =>
      setTimeout(
        () => {
          if (at === 3) {
            const error = {
              code: 'timeout' as const,
              message: 'The model did not answer in time.',
              retryable: true,
            };
            item({ kind: 'failed', id, error, used: usage(1800, 0) });
          } else {
            item({
              kind: 'read',
              id,
              pairs: {
                same: [fact('Ana lives in Porto.', ['Ana', 'Porto'])],
                reworded: at % 2 === 0 ? [reworded] : [],
                gained:
                  at === 0 ? [fact('The tomatoes in the north bed failed in 2025.', ['north bed'])] : [],
                lost: at === 2 ? [fact('It rained on Sunday.')] : [],
              },
              before: usage(1850, 140),
              after: usage(1880, 150),
            });
          }
          if (at === documentIds.length - 1) end();
        },
        250 * (at + 1),
      ),
    );
    return () => timers.forEach(clearTimeout);
  },
};

const reworded = {
  before: fact('Ana sowed beans in the south bed in May.', ['Ana']),
  after: fact('Ana sowed runner beans along the south wall in May 2026.', ['Ana', 'south bed']),
  alike: 0.7,
};
