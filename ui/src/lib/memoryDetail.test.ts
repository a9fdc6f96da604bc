import { describe, expect, it } from 'vitest';
import type { Fact } from '$gen/Fact';
import type { FactChanged } from '$gen/FactChanged';
import type { Graph } from '$gen/Graph';
import type { KeptFact } from '$gen/KeptFact';
import type { MemoryHistory } from '$gen/MemoryHistory';
import type { MemoryVersion } from '$gen/MemoryVersion';
import {
  clocks,
  differences,
  draftOf,
  labelOf,
  lastStanding,
  linkGroups,
  notTaken,
  past,
  patchBack,
  patchOf,
  stretchAround,
} from './memoryDetail';

const fact = (change: Partial<Fact> = {}): Fact => ({
  id: 'f',
  text: 'Ana lives in Lisbon.',
  factType: 'world',
  context: null,
  entities: ['Ana', 'Lisbon'],
  occurredStart: '2024-05-03T00:00:00+00:00',
  occurredEnd: null,
  mentionedAt: '2024-06-01T10:41:09.250+00:00',
  documentId: null,
  chunkId: null,
  tags: [],
  metadata: {},
  proofCount: null,
  sourceMemoryIds: [],
  state: 'valid',
  invalidationReason: null,
  invalidatedAt: null,
  editedAt: null,
  createdAt: null,
  updatedAt: null,
  consolidatedAt: null,
  consolidationFailedAt: null,
  ...change,
});

const kept = (change: Partial<KeptFact> = {}): KeptFact => ({
  text: 'Ana lives in Lisbon.',
  context: null,
  occurredStart: null,
  occurredEnd: null,
  mentionedAt: null,
  factType: 'world',
  entities: [],
  state: 'valid',
  reason: null,
  ...change,
});

const changed = (
  change: Partial<FactChanged['change']>,
  run: Partial<FactChanged['run']> = {},
): FactChanged => ({
  run: {
    id: 'r',
    together: 'r',
    parts: 1,
    serverId: 's',
    bankId: 'b',
    label: 'Edit text of 1 fact',
    note: null,
    at: '2026-01-02T00:00:00Z',
    endedAt: null,
    state: 'done',
    back: false,
    total: 1,
    done: 1,
    failed: 0,
    skipped: 0,
    undone: 0,
    conflicts: 0,
    unknown: 0,
    waiting: 0,
    error: null,
    undoable: true,
    resumable: false,
    redoable: false,
    facts: [],
    ...run,
  },
  change: {
    place: 0,
    factId: 'f',
    state: 'done',
    why: null,
    before: kept(),
    after: kept(),
    fields: [],
    ...change,
  },
});

describe('an edit', () => {
  it('that touches nothing sends nothing, however times are spelled', () => {
    expect(patchOf(fact(), draftOf(fact()))).toEqual({ patch: {}, wrong: {} });
    const odd = fact({ occurredStart: 'last May', occurredEnd: '2024-05-03T23:59:59Z' });
    expect(patchOf(odd, draftOf(odd))).toEqual({ patch: {}, wrong: {} });
  });

  it('sends what changed, exact names unless asked, and empty texts for cleared times', () => {
    const draft = {
      ...draftOf(fact()),
      text: ' Ana lives in Porto. ',
      occurredStart: '',
      occurredEnd: '2024-05',
      factType: 'experience' as const,
      entities: ['Ana'],
    };
    expect(patchOf(fact(), draft).patch).toEqual({
      text: 'Ana lives in Porto.',
      occurredStart: '',
      occurredEnd: '2024-05-31T23:59:59+00:00',
      factType: 'experience',
      entities: ['Ana'],
      resolveEntities: false,
    });
    expect(labelOf(patchOf(fact(), draft).patch)).toBe('Edit text, dates, type and entities of 1 fact');
  });

  it('does not take entities in another order for a change', () => {
    expect(patchOf(fact(), { ...draftOf(fact()), entities: ['Lisbon', 'Ana'] }).patch).toEqual({});
  });

  it('says what is wrong field by field', () => {
    const draft = { ...draftOf(fact()), text: '  ', mentionedAt: 'yesterday', occurredEnd: '2023' };
    expect(Object.keys(patchOf(fact(), draft).wrong).sort()).toEqual(['mentionedAt', 'occurredEnd', 'text']);
  });

  it('knows what a server did not take', () => {
    const patch = {
      text: 'New',
      mentionedAt: '2020-01-01T00:00:00Z',
      occurredStart: '',
      factType: 'experience' as const,
    };
    expect(notTaken(fact({ text: 'New', occurredStart: null, factType: 'experience' }), patch)).toEqual([
      'mentioned',
    ]);
    expect(notTaken(fact(), patch)).toEqual(['from', 'mentioned', 'text', 'type']);
  });
});

describe('taking back', () => {
  it('goes to the last change that still stands', () => {
    const undone = changed({ state: 'undone' });
    const done = changed({}, { id: 'r2' });
    expect(lastStanding([undone, done])).toBe(done);
    expect(lastStanding([undone])).toBeNull();
  });

  it('gives back only what was changed', () => {
    const before = kept({
      occurredStart: null,
      entities: ['Ana, the potter'],
      state: 'invalidated',
      reason: 'Wrong',
    });
    expect(
      patchBack({ ...changed({}).change, before, fields: ['occurredStart', 'entities', 'state'] }),
    ).toEqual({
      occurredStart: '',
      entities: ['Ana, the potter'],
      resolveEntities: false,
      state: 'invalidated',
      reason: 'Wrong',
    });
    expect(patchBack(changed({ before: null }).change)).toBeNull();
  });
});

describe('clocks', () => {
  it('have names and leave out what is not known', () => {
    const names = (change: Partial<Fact>) => clocks(fact(change), null).map(({ name }) => name);
    expect(names({})).toEqual(['happened', 'mentioned']);
    expect(names({ occurredStart: null, occurredEnd: '2024-01-01T00:00:00Z', mentionedAt: null })).toEqual([
      'happened',
    ]);
    expect(clocks(fact({ occurredEnd: '2024-05-03T00:00:00Z' }), null)[0]?.to).toBeNull();
  });
});

describe('links', () => {
  const node = (key: string, kind: 'fact' | 'entity', text = key) => ({
    key,
    kind,
    id: key.slice(2),
    text,
    factType: kind === 'fact' ? ('world' as const) : null,
    date: null,
    happened: false,
    documentId: null,
    evidence: 1,
  });
  const link = (source: string, target: string, kind: string, weight: number | null) => ({
    source,
    target,
    parts: [{ kind, weight, count: 1 }],
  });

  it('are grouped by kind, entities followed to the facts behind them', () => {
    const graph: Graph = {
      nodes: [
        node('f:f', 'fact'),
        node('f:a', 'fact'),
        node('f:b', 'fact'),
        node('e:1', 'entity', 'Ana'),
        node('e:2', 'entity', 'Lisbon'),
      ],
      links: [
        link('f:f', 'f:a', 'semantic', 0.7),
        link('f:b', 'f:f', 'semantic', 0.9),
        link('f:f', 'e:1', 'names', null),
        link('f:f', 'e:2', 'names', null),
        link('f:a', 'e:1', 'names', null),
        link('f:b', 'e:1', 'names', null),
        link('f:b', 'e:2', 'names', null),
        link('f:a', 'f:b', 'caused_by', 1),
      ],
      totalNodes: null,
      totalLinks: null,
      merged: 0,
      loops: 0,
      notes: [],
    };
    const groups = linkGroups(graph, 'f').map(({ kind, neighbours }) => [
      kind,
      neighbours.map(({ id, through }) => [id, ...through]),
    ]);
    expect(groups).toEqual([
      ['semantic', [['b'], ['a']]],
      [
        'entity',
        [
          ['b', 'Ana', 'Lisbon'],
          ['a', 'Ana'],
        ],
      ],
    ]);
    expect(linkGroups(graph, 'nobody')).toEqual([]);
  });
});

describe('the past', () => {
  const version = (change: Partial<MemoryVersion>): MemoryVersion => ({
    text: '',
    context: null,
    tags: [],
    occurredStart: null,
    occurredEnd: null,
    mentionedAt: null,
    factType: null,
    entities: null,
    state: null,
    changedAt: null,
    change: null,
    sourceFacts: [],
    ...change,
  });
  const event = (kind: string, createdAt: string) => ({
    kind,
    createdAt,
    operationId: null,
    factId: 'f',
    factsAdded: 0,
    factsRemoved: 0,
    observationsCreated: { count: 0, ids: [] },
    observationsUpdated: { count: 0, ids: [] },
    observationsRemoved: { count: 0, ids: [] },
  });

  it('tells each change once, though the server, its document and this app all noted it', () => {
    const own = changed({
      before: kept({ text: 'one' }),
      after: kept({ text: 'two' }),
      fields: ['text'],
    });
    const history: MemoryHistory = {
      versions: [
        version({ text: 'two', changedAt: '2026-01-03T00:00:00Z', change: 'edited', state: 'valid' }),
        version({ text: 'one', changedAt: '2026-01-02T00:00:01Z', change: 'edited' }),
      ],
      versionsWhy: null,
      events: [event('fact_edited', '2026-01-02T00:00:01Z'), event('consolidation', '2026-01-01T00:00:00Z')],
      eventsWhy: null,
    };
    const entries = past(fact({ text: 'three', state: 'valid' }), history, [own]);
    expect(entries.map(({ words, text, own }) => [words, text, own !== null])).toEqual([
      ['Edited', { before: 'two', after: 'three' }, false],
      ['Edit text of 1 fact', { before: 'one', after: 'two' }, true],
      ['Consolidated', null, false],
    ]);
  });

  it('says other fields in words and takes what is not known for no change', () => {
    expect(
      differences(
        { factType: 'world', state: 'valid', occurredStart: '2024-01-01T00:00:00Z', entities: null },
        { factType: 'experience', state: 'invalidated', occurredStart: null, entities: ['Ana'] },
      ),
    ).toEqual(['from: 2024-01-01 → none', 'type: world → experience', 'state: valid → invalidated']);
  });
});

describe('a stretch of a text', () => {
  it('stays in the text and never cuts a character', () => {
    const text = '😀'.repeat(100);
    expect(stretchAround(text, { start: 100, end: 102 }, 11)).toEqual({ from: 88, to: 114 });
    expect(stretchAround('short', { start: 0, end: 2 }, 50)).toEqual({ from: 0, to: 5 });
  });
});
