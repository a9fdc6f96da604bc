// What the detail pane of a memory works out from the answers it gets: dates in words, what an edit sends, what takes
// a change back, neighbours by the kind of their link. Pure.
import type { ChangeView } from '$gen/ChangeView';
import type { Fact } from '$gen/Fact';
import type { FactChanged } from '$gen/FactChanged';
import type { FactType } from '$gen/FactType';
import type { Graph } from '$gen/Graph';
import type { MemoryHistory } from '$gen/MemoryHistory';
import type { MemoryPatch } from '$gen/MemoryPatch';
import { readWhen, sameWhen, writeWhen } from './when';

/** A clock of a memory: which, and what it shows. */
export interface ClockRow {
  name: string;
  /** What the clock tells, for hovering. */
  about: string;
  at: string;
  to: string | null;
}

/** All clocks of a memory that show something, the oldest meaning first. */
export function clocks(fact: Fact, storedAt: string | null): ClockRow[] {
  const rows: ClockRow[] = [];
  const row = (name: string, about: string, at: string | null, to: string | null = null) => {
    if (at !== null) rows.push({ name, about, at, to });
  };
  const { occurredStart, occurredEnd } = fact;
  const to = occurredEnd !== null && !sameWhen(occurredStart, occurredEnd) ? occurredEnd : null;
  row(
    'happened',
    'When what it says happened',
    occurredStart ?? occurredEnd,
    occurredStart === null ? null : to,
  );
  row('mentioned', 'When it was said', fact.mentionedAt);
  row('stored', 'When the server stored it', storedAt);
  row('changed', 'When it changed last', fact.updatedAt);
  row('edited', 'When a person changed it', fact.editedAt);
  row('consolidated', 'When it went into observations', fact.consolidatedAt);
  row('failed', 'When consolidation failed', fact.consolidationFailedAt);
  return rows;
}

export const TYPE_WORDS: Record<FactType, string> = {
  world: 'World',
  experience: 'Experience',
  observation: 'Observation',
};

/** What is being edited, as the fields hold it. */
export interface Draft {
  text: string;
  occurredStart: string;
  occurredEnd: string;
  mentionedAt: string;
  factType: 'world' | 'experience';
  entities: string[];
  /** Let names match entities of similar names. */
  resolve: boolean;
}

export function draftOf(fact: Fact): Draft {
  return {
    text: fact.text,
    occurredStart: writeWhen(fact.occurredStart),
    occurredEnd: writeWhen(fact.occurredEnd, true),
    mentionedAt: writeWhen(fact.mentionedAt),
    factType: fact.factType === 'experience' ? 'experience' : 'world',
    entities: [...fact.entities],
    resolve: false,
  };
}

/** What is wrong with a draft, by field. */
export type Wrong = Partial<Record<'text' | 'occurredStart' | 'occurredEnd' | 'mentionedAt', string>>;

const NO_TIME = 'Not a date. Write it like 2024-05-03 or 2024-05-03 10:41.';

/** What a draft changes of a fact, or what is wrong with it. An empty patch changes nothing. */
export function patchOf(fact: Fact, draft: Draft): { patch: MemoryPatch; wrong: Wrong } {
  const patch: MemoryPatch = {};
  const wrong: Wrong = {};
  const text = draft.text.trim();
  if (text === '') wrong.text = 'A fact needs a text. To take it out of memory, invalidate it.';
  else if (text !== fact.text.trim()) patch.text = text;
  const times = [
    ['occurredStart', fact.occurredStart, false],
    ['occurredEnd', fact.occurredEnd, true],
    ['mentionedAt', fact.mentionedAt, false],
  ] as const;
  for (const [name, known, end] of times) {
    // What nobody touched is no change, however its time is spelled.
    if (draft[name].trim() === writeWhen(known, end)) continue;
    const read = readWhen(draft[name], end);
    if (read.kind === 'wrong') wrong[name] = NO_TIME;
    else if (read.kind === 'none') patch[name] = '';
    else if (!sameWhen(read.iso, known)) patch[name] = read.iso;
  }
  const [start, end] = [readWhen(draft.occurredStart), readWhen(draft.occurredEnd, true)];
  if (start.kind === 'at' && end.kind === 'at' && Date.parse(start.iso) > Date.parse(end.iso))
    wrong.occurredEnd = 'It ends before it begins.';
  if (fact.factType !== null && draft.factType !== fact.factType) patch.factType = draft.factType;
  if (!sameNames(draft.entities, fact.entities)) {
    patch.entities = draft.entities;
    patch.resolveEntities = draft.resolve;
  }
  return { patch, wrong };
}

const sameNames = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && [...a].sort().every((name, index) => name === [...b].sort()[index]);

/** What an edit did, for the list of changes: `Edit text and dates`. */
export function labelOf(patch: MemoryPatch): string {
  const names = [
    patch.text !== undefined && 'text',
    (patch.occurredStart !== undefined ||
      patch.occurredEnd !== undefined ||
      patch.mentionedAt !== undefined) &&
      'dates',
    patch.factType !== undefined && 'type',
    patch.entities !== undefined && 'entities',
  ].filter((name): name is string => typeof name === 'string');
  const last = names.pop();
  if (last === undefined) return 'Edit 1 fact';
  return `Edit ${names.length > 0 ? `${names.join(', ')} and ` : ''}${last} of 1 fact`;
}

/** Fields of a patch that a fact does not have after it was sent, in words. Entities may match others by design. */
export function notTaken(now: Fact, patch: MemoryPatch): string[] {
  const times = [
    ['from', patch.occurredStart, now.occurredStart],
    ['to', patch.occurredEnd, now.occurredEnd],
    ['mentioned', patch.mentionedAt, now.mentionedAt],
  ] as const;
  const found = times
    .filter(([, wanted, is]) => wanted !== undefined && wanted !== null && !sameWhen(wanted, is))
    .map(([name]): string => name);
  if (patch.text && patch.text !== now.text) found.push('text');
  if (patch.factType && now.factType !== null && patch.factType !== now.factType) found.push('type');
  return found;
}

/** The last change of a fact here that still stands. */
export function lastStanding(changes: readonly FactChanged[]): FactChanged | null {
  return changes.find(({ change }) => change.state === 'done') ?? null;
}

/** What gives a fact the values it had before one change; null when nothing of it is known. */
export function patchBack({ before, fields }: ChangeView): MemoryPatch | null {
  if (before === null || fields.length === 0) return null;
  const patch: MemoryPatch = {};
  for (const field of fields) {
    if (field === 'text') patch.text = before.text;
    if (field === 'context') patch.context = before.context ?? '';
    if (field === 'occurredStart') patch.occurredStart = before.occurredStart ?? '';
    if (field === 'occurredEnd') patch.occurredEnd = before.occurredEnd ?? '';
    if (field === 'mentionedAt') patch.mentionedAt = before.mentionedAt ?? '';
    if (field === 'factType' && before.factType !== null) patch.factType = before.factType;
    if (field === 'entities') {
      patch.entities = before.entities;
      patch.resolveEntities = false;
    }
    if (field === 'state') {
      patch.state = before.state ?? 'valid';
      if (patch.state === 'invalidated') patch.reason = before.reason ?? '';
    }
  }
  return patch;
}

/** A memory at the other end of a link. */
export interface Neighbour {
  id: string;
  text: string;
  factType: FactType | null;
  /** How strong the link is, 0 to 1; null when the server does not say. */
  weight: number | null;
  /** Entities that both name. */
  through: string[];
}

/** Links of one kind. */
export interface LinkGroup {
  kind: string;
  /** The kind in words. */
  words: string;
  neighbours: Neighbour[];
}

const KIND_WORDS: Record<string, string> = {
  caused_by: 'Cause and effect',
  source: 'Facts and observations',
  semantic: 'Alike in meaning',
  recalled: 'Recalled by its words',
  temporal: 'Near in time',
  entity: 'Same entities',
};
const KIND_ORDER = Object.keys(KIND_WORDS);

/** The memories that a graph links to one of its facts, by kind, the strongest first. */
export function linkGroups(graph: Graph, id: string): LinkGroup[] {
  const nodes = new Map(graph.nodes.map((node) => [node.key, node]));
  const own = graph.nodes.find((node) => node.kind === 'fact' && node.id === id);
  if (!own) return [];
  const groups = new Map<string, Map<string, Neighbour>>();
  const add = (kind: string, key: string, weight: number | null, through: string | null) => {
    const node = nodes.get(key);
    if (node?.kind !== 'fact' || key === own.key) return;
    const group = groups.get(kind) ?? new Map<string, Neighbour>();
    groups.set(kind, group);
    const known = group.get(key);
    const stronger = Math.max(weight ?? 0, known?.weight ?? 0);
    const names = through === null ? [] : [through];
    group.set(key, {
      id: node.id,
      text: node.text,
      factType: node.factType,
      weight: weight === null && (known?.weight ?? null) === null ? null : stronger,
      through: [...new Set([...(known?.through ?? []), ...names])],
    });
  };
  const named = new Map<string, string>(); // entities of the fact: key and name
  for (const link of graph.links) {
    const other = link.source === own.key ? link.target : link.target === own.key ? link.source : null;
    if (other === null) continue;
    const node = nodes.get(other);
    if (node?.kind === 'entity') named.set(other, node.text);
    for (const { kind, weight } of link.parts) add(kind, other, weight, null);
  }
  for (const link of graph.links) {
    for (const [entity, fact] of [
      [link.source, link.target],
      [link.target, link.source],
    ] as const) {
      const name = named.get(entity);
      if (name !== undefined) add('entity', fact, null, name);
    }
  }
  const place = (kind: string) => (KIND_ORDER.includes(kind) ? KIND_ORDER.indexOf(kind) : KIND_ORDER.length);
  return [...groups]
    .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b))
    .map(([kind, neighbours]) => ({
      kind,
      words: KIND_WORDS[kind] ?? kind.replaceAll('_', ' '),
      neighbours: [...neighbours.values()].sort(
        (a, b) => b.through.length - a.through.length || (b.weight ?? 0) - (a.weight ?? 0),
      ),
    }));
}

/** Part of a text around a place, cut so that a page stays light: never between the halves of a character. */
export interface Stretch {
  from: number;
  to: number;
}

/** The stretch of `text` with at most `around` units on either side of `at`. */
export function stretchAround(text: string, at: { start: number; end: number }, around: number): Stretch {
  return {
    from: whole(text, Math.max(0, at.start - around), -1),
    to: whole(text, Math.min(text.length, at.end + around), 1),
  };
}

/** The nearest border of a character, backwards or forwards. */
function whole(text: string, at: number, way: 1 | -1): number {
  const code = text.charCodeAt(at);
  return at > 0 && at < text.length && code >= 0xdc00 && code <= 0xdfff ? at + way : at;
}

/** Something that happened to a memory. */
export interface PastEntry {
  key: string;
  at: string | null;
  /** What happened, in words. */
  words: string;
  /** The text before and after, when it changed. */
  text: { before: string; after: string } | null;
  /** Other fields that changed, in words: `type: world → experience`. */
  others: string[];
  /** Facts that came with a new version of an observation. */
  came: { id: string; text: string }[];
  /** The change of this app that did it. */
  own: FactChanged | null;
}

/** Two notes of the same change lie no further apart than this. */
const SAME_CHANGE_MS = 5000;

const EVENT_WORDS: Record<string, string> = {
  fact_edited: 'Edited',
  fact_invalidated: 'Invalidated',
  fact_restored: 'Restored',
  fact_deleted: 'Deleted',
  observations_cleared: 'Its observations were cleared',
  consolidation: 'Consolidated',
};
const CHANGE_WORDS: Record<string, string> = {
  edited: 'Edited',
  invalidated: 'Invalidated',
  restored: 'Restored',
  consolidated: 'Reworded by consolidation',
  updated: 'Reworded by consolidation',
};

const worded = (word: string | null | undefined, words: Record<string, string>, otherwise: string) =>
  word ? (words[word] ?? sentence(word.replaceAll('_', ' '))) : otherwise;
const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The fields of one state of a memory that a version may know. */
interface Known {
  text?: string;
  context?: string | null;
  occurredStart?: string | null;
  occurredEnd?: string | null;
  mentionedAt?: string | null;
  factType?: FactType | null;
  entities?: readonly string[] | null;
  state?: string | null;
  reason?: string | null;
}

const shown = (value: string | null | undefined) => (value ? value : 'none');

/** What is different between two states, in words, texts left out. Fields that one of them does not know are no change. */
export function differences(before: Known, after: Known): string[] {
  const found: string[] = [];
  const tell = (name: string, a: string | null | undefined, b: string | null | undefined) => {
    if (a !== undefined && b !== undefined && shown(a) !== shown(b))
      found.push(`${name}: ${shown(a)} → ${shown(b)}`);
  };
  const time = (name: string, a: string | null | undefined, b: string | null | undefined) => {
    if (a !== undefined && b !== undefined && !sameWhen(a, b))
      tell(name, writeWhen(a ?? null), writeWhen(b ?? null));
  };
  time('from', before.occurredStart, after.occurredStart);
  time('to', before.occurredEnd, after.occurredEnd);
  time('mentioned', before.mentionedAt, after.mentionedAt);
  if (before.factType && after.factType) tell('type', before.factType, after.factType);
  if (before.entities && after.entities && !sameNames(before.entities, after.entities))
    tell('entities', before.entities.join(', '), after.entities.join(', '));
  if (before.state && after.state) tell('state', before.state, after.state);
  if (before.context && after.context) tell('context', before.context, after.context);
  return found;
}

/** Everything that is known to have happened to a memory, the latest first, each change once. */
export function past(fact: Fact, history: MemoryHistory, changes: readonly FactChanged[]): PastEntry[] {
  const entries: PastEntry[] = [];
  const own = changes.filter(({ change }) => change.before !== null && change.after !== null);
  const taken = new Set<FactChanged>();
  const near = (a: string | null, b: string | null) =>
    a !== null && b !== null && Math.abs(Date.parse(a) - Date.parse(b)) <= SAME_CHANGE_MS;
  history.versions.forEach((version, index) => {
    const next: Known = history.versions[index - 1] ?? { ...fact, reason: fact.invalidationReason };
    const done = own.find(
      (one) =>
        !taken.has(one) && one.change.before?.text === version.text && near(one.run.at, version.changedAt),
    );
    if (done) taken.add(done);
    const after = next.text ?? '';
    entries.push({
      key: `version ${index}`,
      at: version.changedAt,
      words: done?.run.label ?? worded(version.change, CHANGE_WORDS, 'Changed'),
      text: version.text === after ? null : { before: version.text, after },
      others: differences(version, next),
      came: version.sourceFacts
        .filter(({ isNew }) => isNew)
        .map(({ id, text }) => ({ id, text: text ?? '' })),
      own: done ?? null,
    });
  });
  for (const one of own) {
    const { before, after } = one.change;
    if (taken.has(one) || !before || !after) continue;
    entries.push({
      key: `run ${one.run.id}`,
      at: one.run.at,
      words: one.run.label,
      text: before.text === after.text ? null : { before: before.text, after: after.text },
      others: differences(before, after),
      came: [],
      own: one,
    });
  }
  history.events.forEach((event, index) => {
    if (entries.some((entry) => near(entry.at, event.createdAt))) return;
    entries.push({
      key: `event ${index}`,
      at: event.createdAt,
      words: worded(event.kind, EVENT_WORDS, 'Changed'),
      text: null,
      others: [],
      came: [],
      own: null,
    });
  });
  const when = ({ at }: PastEntry) => (at === null ? 0 : Date.parse(at) || 0);
  return entries.sort((a, b) => when(b) - when(a));
}
