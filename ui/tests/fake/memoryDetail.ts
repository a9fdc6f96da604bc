// One memory in scripted form: a fact that was edited, an observation on it, and a hostile one. Ids beginning with `o`
// are observations, `h` is hostile, everything else is the fact.
import type { Fact } from '$gen/Fact';
import type { FactChanged } from '$gen/FactChanged';
import type { WholeMemory } from '$gen/WholeMemory';
import type { Answers } from '../../src/host/fake';

const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();

const fact: Fact = {
  id: '5b1d3a52-6f0e-4b7a-9a53-2f5b8f1d0c11',
  text: 'Ana moved from Lisbon to Porto in March 2025 because her studio had been sold.',
  factType: 'world',
  context: 'chat about moving',
  entities: ['Ana', 'Lisbon', 'Porto'],
  occurredStart: '2025-03-01T00:00:00+00:00',
  occurredEnd: '2025-03-31T23:59:59+00:00',
  mentionedAt: ago(40),
  documentId: 'chat-01/turn-07',
  chunkId: 'ana_chat-01/turn-07_0',
  tags: ['chat:lisbon', 'home'],
  metadata: { app: 'rearview' },
  proofCount: 1,
  sourceMemoryIds: [],
  state: 'valid',
  invalidationReason: null,
  invalidatedAt: null,
  editedAt: ago(2),
  createdAt: ago(40),
  updatedAt: ago(2),
  consolidatedAt: ago(1),
  consolidationFailedAt: null,
};

const source: Fact = { ...fact, id: 'f2', text: 'Ana rents a room in Cedofeita, Porto.', editedAt: null };
const observation: Fact = {
  ...fact,
  id: 'o1',
  text: 'Ana has settled in Porto since spring 2025 and rents a room in Cedofeita.',
  factType: 'observation',
  documentId: null,
  chunkId: null,
  entities: [],
  sourceMemoryIds: [fact.id, source.id],
  proofCount: 2,
  editedAt: null,
};
const hostile: Fact = {
  ...fact,
  id: 'h',
  text: '<img src=x onerror="document.title=1"><script>alert(1)</script> \u202eevil\u202c {@html x}',
  entities: ['<b>Ana</b>', 'a, b'],
  tags: ['<i>tag</i>'],
  context: '<u>context</u>',
  metadata: { '<k>': '<v>' },
  editedAt: null,
};

function whole(id: string): WholeMemory {
  const found = id.startsWith('o') ? observation : id.startsWith('h') ? hostile : { ...fact, id };
  const sources = found === observation ? [fact, source] : [];
  return { fact: found, sources, raw: { ...found, source_memories: sources } };
}

/** The edit that the history tells of, as the journal keeps it. */
function changed(id: string): FactChanged {
  const after = {
    text: fact.text,
    context: fact.context,
    occurredStart: fact.occurredStart,
    occurredEnd: fact.occurredEnd,
    mentionedAt: fact.mentionedAt,
    factType: fact.factType,
    entities: fact.entities,
    state: fact.state,
    reason: null,
  };
  const before = { ...after, text: 'Ana moved from Lisbon to Braga in March 2025.', occurredStart: null };
  return {
    run: {
      id: 'run-1',
      together: 'run-1',
      parts: 1,
      serverId: 's',
      bankId: 'ana',
      label: 'Edit text, dates, type and entities of 1 fact',
      note: null,
      at: ago(2),
      endedAt: ago(2),
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
    },
    change: {
      place: 0,
      factId: id,
      state: 'done',
      why: null,
      before,
      after,
      fields: ['text', 'occurredStart'],
    },
  };
}

const CHUNK =
  'User: I was in Lisbon last week, the old tram still runs.\nAna? She moved up to Porto in March, they had sold the ' +
  'studio over her head.\nAssistant: That must have been sudden. Does she like it there?\nUser: She does. More rain, ' +
  'she says, and better light.';

export const answers: Answers = {
  'memory.get': ({ id }) => whole(id),
  'memory.around': ({ id }) =>
    id.startsWith('o')
      ? {
          document: null,
          chunk: null,
          span: null,
          why: 'An observation was made of facts and stands in no document itself.',
        }
      : {
          document: {
            id: 'chat-01/turn-07',
            characters: CHUNK.length,
            createdAt: ago(40),
            updatedAt: null,
            facts: 3,
            tags: ['chat:lisbon'],
            metadata: {},
          },
          chunk: {
            id: 'ana_chat-01/turn-07_0',
            documentId: 'chat-01/turn-07',
            index: 0,
            text: CHUNK,
            createdAt: ago(40),
            attachments: [],
          },
          span: {
            start: CHUNK.indexOf('Ana?'),
            end: CHUNK.indexOf('\nAssistant'),
            foundBy: 'words',
            share: 0.62,
          },
          why: null,
        },
  'memory.source': () => ({
    documentId: 'chat-01/turn-07',
    text: CHUNK,
    chunk: [0, CHUNK.length],
    span: { start: CHUNK.indexOf('Ana?'), end: CHUNK.indexOf('\nAssistant'), foundBy: 'words', share: 0.62 },
  }),
  'memory.observations': ({ id }) => ({
    items: id.startsWith('o') ? [] : [observation],
    found: id.startsWith('o') ? 0 : 1,
    looked: 25,
    of: 25,
    whole: true,
  }),
  'memory.history': ({ id }) => ({
    versions:
      id.startsWith('o') || id.startsWith('h')
        ? []
        : [
            {
              text: 'Ana moved from Lisbon to Braga in March 2025.',
              context: fact.context,
              tags: fact.tags,
              occurredStart: null,
              occurredEnd: fact.occurredEnd,
              mentionedAt: fact.mentionedAt,
              factType: 'experience',
              entities: ['Ana', 'Lisbon'],
              state: 'valid',
              changedAt: ago(2),
              change: 'edited',
              sourceFacts: [],
            },
          ],
    versionsWhy: null,
    events: [],
    eventsWhy: null,
  }),
  'memory.changes': ({ id }) => ({ items: id.startsWith('o') || id.startsWith('h') ? [] : [changed(id)] }),
  'memory.turns': () => ({
    turns: [
      {
        turnId: 't1',
        chatId: 'c1',
        title: 'Trip to Lisbon',
        answerId: 'm2',
        question: 'Where does Ana live now?',
        at: ago(0.2),
        injected: true,
        keptOut: false,
        found: false,
        learned: false,
        echoed: null,
      },
    ],
    total: 1,
    left: 0,
  }),
  'memory.llmRequests': () => ({ calls: [], why: null }),
};
