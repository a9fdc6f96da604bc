// Entities, graph, timeline and documents of the scripted app. `?facts=100000` in the address makes the bank as large as
// that; without it there are 240 facts. The same number always gives the same bank.
import type { Entity } from '$gen/Entity';
import type { Document } from '$gen/Document';
import type { Fact } from '$gen/Fact';
import type { FactType } from '$gen/FactType';
import type { GraphLink } from '$gen/GraphLink';
import type { GraphNode } from '$gen/GraphNode';
import type { MemoryFilter } from '$gen/MemoryFilter';
import type { StripBar } from '$gen/StripBar';
import type { Answers } from '$host/fake';

const FACTS = Number(new URLSearchParams(globalThis.location?.search ?? '').get('facts') ?? 240);
const ENTITIES = Math.max(24, Math.min(20_000, Math.floor(FACTS / 5)));
const NAMES = [
  'Ana',
  'Ana Souza',
  'Lisbon',
  'LISBON',
  'Porto',
  'Wiebke',
  'Wibke',
  'Jonas',
  'the boat',
  'Acme, Inc.',
];
const TYPES: readonly FactType[] = ['world', 'world', 'experience', 'observation'];
const SAID = [
  'moved to Lisbon in March and likes the light there',
  'is allergic to hazelnuts, and says so before every dinner',
  'sold <b>the boat</b> to a neighbour <script>alert(1)</script>',
  'asked for a quiet place with plants',
  'has a sister who teaches the cello',
];
const START = Date.UTC(2023, 0, 5);
const STEP = (Date.UTC(2026, 10, 27) - START) / Math.max(1, FACTS);

const name = (n: number) => NAMES[n] ?? `Person ${n}`;
const at = (n: number) => new Date(START + n * STEP).toISOString();

function fact(n: number): Fact {
  const dated = n % 3 !== 1;
  return {
    id: `fact-${n}`,
    text: `${name(n % ENTITIES)} ${SAID[n % SAID.length]}. (${n})`,
    factType: TYPES[n % TYPES.length] ?? null,
    context: null,
    entities: [name(n % ENTITIES), name((n * 7) % Math.min(ENTITIES, 12))],
    occurredStart: dated ? at(n) : null,
    occurredEnd: null,
    mentionedAt: at(n),
    createdAt: at(n),
    documentId: `chat-${Math.floor(n / 6)}.turn`,
    chunkId: `chunk-${Math.floor(n / 3)}`,
    tags: n % 4 === 0 ? ['work'] : [],
    metadata: {},
    proofCount: 1 + (n % 5),
    sourceMemoryIds: [],
    state: 'valid',
    invalidationReason: null,
    invalidatedAt: null,
    editedAt: null,
    updatedAt: at(n),
    consolidatedAt: null,
    consolidationFailedAt: null,
  };
}

const entity = (n: number): Entity => ({
  id: `entity-${n}`,
  canonicalName: name(n),
  mentionCount: Math.max(1, Math.round(FACTS / (n + 2))),
  firstSeen: at(n),
  lastSeen: at(FACTS - 1 - (n % FACTS)),
  metadata: {},
});

/** Numbers of the facts that pass, the latest first. */
function passing(filter: MemoryFilter): number[] {
  const from = filter.startDate ? Date.parse(filter.startDate) : -Infinity;
  const to = filter.endDate ? Date.parse(filter.endDate) : Infinity;
  const found: number[] = [];
  for (let n = FACTS - 1; n >= 0; n -= 1) {
    const time = START + n * STEP;
    if (filter.timeField && (time < from || time >= to)) continue;
    if (filter.timeField === 'occurred_start' && n % 3 === 1) continue;
    if (filter.entityId && `entity-${n % ENTITIES}` !== filter.entityId) continue;
    if (filter.documentId && `chat-${Math.floor(n / 6)}.turn` !== filter.documentId) continue;
    found.push(n);
  }
  return found;
}

function page(filter: MemoryFilter) {
  const found = passing(filter);
  const offset = filter.offset ?? 0;
  return { items: found.slice(offset, offset + (filter.limit ?? 100)).map(fact), total: found.length };
}

function bars(filter: MemoryFilter): StripBar[] {
  const from = new Date(filter.startDate ?? START);
  const to = Date.parse(filter.endDate ?? new Date(START + FACTS * STEP).toISOString());
  const found: StripBar[] = [];
  let edge = new Date(from.getFullYear(), from.getMonth(), 1);
  while (edge.valueOf() < to) {
    const next = new Date(edge.getFullYear(), edge.getMonth() + 1, 1);
    const bar = { from: edge.toISOString(), to: next.toISOString() };
    found.push({ ...bar, count: passing({ ...filter, startDate: bar.from, endDate: bar.to }).length });
    edge = next;
  }
  return found;
}

const node = (one: Fact): GraphNode => ({
  key: `f:${one.id}`,
  kind: 'fact',
  id: one.id,
  text: one.text,
  factType: one.factType,
  date: one.occurredStart ?? one.mentionedAt,
  happened: one.occurredStart !== null,
  documentId: one.documentId,
  evidence: one.proofCount ?? 0,
});
const named = (n: number): GraphNode => ({
  key: `e:entity-${n}`,
  kind: 'entity',
  id: `entity-${n}`,
  text: name(n),
  factType: null,
  date: null,
  happened: false,
  documentId: null,
  evidence: entity(n).mentionCount ?? 0,
});

function graph(facts: number) {
  const many = Math.min(facts, FACTS);
  const nodes = new Map<string, GraphNode>();
  const links: GraphLink[] = [];
  const link = (source: string, target: string, kind: string, weight: number | null) =>
    links.push({ source, target, parts: [{ kind, weight, count: 1 }] });
  const kinds = ['semantic', 'temporal', 'caused_by', 'source', 'recalled'];
  for (let n = 0; n < many; n += 1) {
    const one = node(fact(n));
    nodes.set(one.key, one);
    for (const other of new Set([n % ENTITIES, (n * 7) % Math.min(ENTITIES, 12)])) {
      nodes.set(`e:entity-${other}`, named(other));
      link(one.key, `e:entity-${other}`, 'names', null);
    }
    if (n > 0 && n % 2 === 0)
      link(one.key, `f:fact-${n - 2}`, kinds[(n / 2) % kinds.length] ?? 'names', 0.3 + (n % 7) / 10);
  }
  return {
    nodes: [...nodes.values()],
    links,
    totalNodes: FACTS + ENTITIES,
    totalLinks: links.length * 3,
    merged: 4,
    loops: 1,
    notes: [],
  };
}

const document = (n: number): Document => ({
  id: `chat-${n}.turn`,
  originalText: null,
  contentHash: `hash-${n}`,
  textLength: 1200 + n,
  memoryUnitCount: 6,
  nodesByFactType: { world: 4, experience: 2 },
  tags: n % 3 === 0 ? ['work', 'travel'] : [],
  documentMetadata: { source: 'chat' },
  retainParams: { context: 'a chat', event_date: at(n) },
  observationScopes: null,
  attachments: [],
  createdAt: at(n),
  updatedAt: at(n),
});
const DOCUMENTS = Math.ceil(FACTS / 6);
const numberOf = (id: string) => Number(/^chat-(\d+)\.turn$/.exec(id)?.[1] ?? -1);
const nothing = { count: 0, ids: [] };

export const answers: Answers = {
  'memory.list': ({ filter }) => page(filter),
  'entity.list': () => ({ items: Array.from({ length: ENTITIES }, (_, n) => entity(n)), total: ENTITIES }),
  'entity.alikes': () => ({
    groups: [
      { likeness: 'spelling' as const, entities: [entity(2), entity(3)] },
      { likeness: 'letters' as const, entities: [entity(5), entity(6)] },
      { likeness: 'part' as const, entities: [entity(0), entity(1)] },
    ],
    total: 3,
    compared: ENTITIES,
  }),
  'entity.mergePlan': ({ keep, others }) => {
    const facts = others.flatMap((id) => page({ entityId: id, limit: 40 }).items);
    return {
      facts: facts.map(({ id, text, entities }) => ({
        id,
        text,
        before: entities,
        after: [keep, ...entities.slice(1).filter((one) => one !== keep)],
      })),
      namedBoth: 1,
      observations: 2,
      leftOut: 0,
    };
  },
  'graph.around': () => graph(24),
  'graph.bank': ({ filter }) => graph(filter.limit ?? 200),
  'graph.entities': () => {
    const nodes = Array.from({ length: Math.min(ENTITIES, 30) }, (_, n) => named(n));
    const links = nodes.slice(1).map((one, n) => ({
      source: one.key,
      target: `e:entity-${Math.floor(n / 3)}`,
      parts: [{ kind: 'together', weight: 1 + (n % 9), count: 1 }],
    }));
    return { nodes, links, totalNodes: ENTITIES, totalLinks: links.length, merged: 0, loops: 0, notes: [] };
  },
  'timeline.strip': ({ clock, filter }) => {
    const found = bars({ ...filter, timeField: clock });
    const dated = found.reduce((sum, bar) => sum + bar.count, 0);
    const undated = clock === 'occurred_start' ? Math.floor((FACTS + 1) / 3) : 0;
    return { unit: 'month' as const, bars: found, dated, undated, total: FACTS };
  },
  'timeline.undated': ({ offset }) => {
    const items = Array.from({ length: 500 }, (_, n) => FACTS - 1 - offset - n)
      .filter((n) => n >= 0 && n % 3 === 1)
      .map(fact);
    const looked = Math.min(FACTS, offset + 500);
    return { items, next: looked < FACTS ? looked : null, looked, total: FACTS };
  },
  'document.list': ({ filter }) => {
    const offset = filter.offset ?? 0;
    const many = Math.max(0, Math.min(filter.limit ?? 100, DOCUMENTS - offset));
    return {
      items: Array.from({ length: many }, (_, n) => document(DOCUMENTS - 1 - offset - n)),
      total: DOCUMENTS,
      totalIsEstimate: false,
    };
  },
  'document.read': ({ documentId }) => ({
    document: numberOf(documentId) < 0 ? null : document(numberOf(documentId)),
    turn: null,
    noHistory: null,
  }),
  'document.chunks': ({ documentId }) => {
    const first = numberOf(documentId) * 2;
    const items = [first, first + 1].map((n, index) => ({
      id: `chunk-${n}`,
      documentId,
      index,
      text: [0, 1, 2].map((of) => fact(n * 3 + of).text).join(' And then, later: '),
      createdAt: at(n),
      attachments: [],
    }));
    return { items, total: items.length };
  },
  'document.history': () => ({
    items: [
      {
        kind: 'retain',
        createdAt: at(1),
        operationId: null,
        factId: null,
        factsAdded: 6,
        factsRemoved: 0,
        observationsCreated: { count: 2, ids: [] },
        observationsUpdated: nothing,
        observationsRemoved: nothing,
      },
    ],
    total: 1,
  }),
  'document.goes': () => ({
    goes: { facts: 6, edited: 0, invalidated: 0, observations: 2, shared: 1, complete: true },
    turn: null,
  }),
};
