// What the fact browser asks for: filters, order and scope, how they are said on chips, and what a server is asked.
// Pure; the state is state/memories.svelte.ts.
import type { ConsolidationState } from '$gen/ConsolidationState';
import type { FactType } from '$gen/FactType';
import type { MemoryFilter } from '$gen/MemoryFilter';
import type { MemoryState } from '$gen/MemoryState';
import type { MemoryTimeField } from '$gen/MemoryTimeField';
import type { TagsMatch } from '$gen/TagsMatch';

/** A bank of a server. */
export interface Bank {
  serverId: string;
  bankId: string;
}

/** Which banks are looked at: one, or all banks of all servers in sequence. */
export type Scope = Bank | 'all';

/** How tags of a filter match. Untagged facts never come along, unlike with the server's own default. */
export type TagRule = Extract<TagsMatch, 'any_strict' | 'all_strict' | 'exact'>;

/** What is filtered by. Empty texts and lists and null filter nothing. */
export interface Filters {
  /** Words in text or context. */
  text: string;
  type: FactType | null;
  tags: string[];
  tagsMatch: TagRule;
  /** An entity by its id in one bank; the name is for the chip. */
  entity: { id: string; name: string } | null;
  /** A document's id. */
  document: string | null;
  /** Which time `from` and `to` mean. */
  clock: MemoryTimeField;
  /** The first day, as `2026-11-27`, in the person's own time zone. */
  from: string | null;
  /** The last day, counted in. */
  to: string | null;
  state: MemoryState | null;
  consolidation: ConsolidationState | null;
}

export const NO_FILTERS: Filters = {
  text: '',
  type: null,
  tags: [],
  tagsMatch: 'any_strict',
  entity: null,
  document: null,
  clock: 'mentioned_at',
  from: null,
  to: null,
  state: null,
  consolidation: null,
};

export type ColumnId =
  | 'text'
  | 'type'
  | 'entities'
  | 'tags'
  | 'occurred'
  | 'mentioned'
  | 'stored'
  | 'changed'
  | 'evidence'
  | 'state'
  | 'document';

/** The order of the list. `up` is oldest, smallest or A first. */
export interface Sort {
  by: ColumnId;
  up: boolean;
}

export const USUAL_SORT: Sort = { by: 'mentioned', up: false };

/** The times a server sorts by, by column. Servers sort by nothing else, and latest first only. */
export const SERVER_SORTS: Partial<Record<ColumnId, MemoryTimeField>> = {
  mentioned: 'mentioned_at',
  stored: 'created_at',
  changed: 'updated_at',
  occurred: 'occurred_start',
};

export const CLOCKS: readonly { value: MemoryTimeField; label: string }[] = [
  { value: 'mentioned_at', label: 'mentioned' },
  { value: 'occurred_start', label: 'occurred, from' },
  { value: 'occurred_end', label: 'occurred, to' },
  { value: 'created_at', label: 'stored' },
  { value: 'updated_at', label: 'changed' },
];

const dated = (filters: Filters) => filters.from !== null || filters.to !== null;

/** Up to so many facts the page has all that match and sorts them itself, by any column. */
export const HERE = 2000;

/** How the list comes by its order. */
export interface Plan {
  /** Whether all that match are fetched and sorted by the page. */
  here: boolean;
  /** The time that the server sorts by; null for its usual order, by mention. */
  field: MemoryTimeField | null;
  /** Whether the server's order is read from its end. */
  up: boolean;
  /** Why the order is another than the one asked for. */
  refused: string | null;
  /** Whether facts without that time are left out. */
  leavesOut: boolean;
}

/** Whether the order can be told before it is known how many match. */
export function planNeedsTotal(filters: Filters, sort: Sort): boolean {
  const field = SERVER_SORTS[sort.by];
  if (sort.up || field === undefined || field === 'occurred_start') return true;
  return dated(filters) && field !== filters.clock;
}

/**
 * How these facts can be had in this order; `total` is how many match, null when that is not known yet. Servers sort by
 * times only, latest first, and by the one time that a range of dates means; the rest is done here, or refused.
 */
export function plan(filters: Filters, sort: Sort, total: number | null): Plan {
  const ranged = dated(filters);
  const own = SERVER_SORTS[sort.by] ?? null;
  const clock = ranged ? filters.clock : null;
  const fits = total !== null && total <= HERE;
  // Servers do not tell when a fact was stored, so that order is theirs alone.
  const here = fits && sort.by !== 'stored';
  const server = own !== null && (clock === null || own === clock);
  // The usual order puts what was never mentioned last; naming the field would leave it out.
  const field = clock ?? (own === 'mentioned_at' ? null : own);
  if (server && !(here && own === 'occurred_start')) {
    return { here: false, field, up: sort.up, refused: null, leavesOut: !ranged && own === 'occurred_start' };
  }
  if (here) return { here: true, field: clock, up: false, refused: null, leavesOut: false };
  return { here: false, field: clock, up: false, refused: refusal(filters, sort), leavesOut: false };
}

function refusal(filters: Filters, sort: Sort): string {
  if (SERVER_SORTS[sort.by] !== undefined && dated(filters)) {
    return `With a range of “${clockWord(filters.clock)}” a server sorts by that time.`;
  }
  return `A server sorts by times only. Up to ${HERE.toLocaleString()} facts are sorted here: filter first.`;
}

export const clockWord = (clock: MemoryTimeField): string =>
  CLOCKS.find(({ value }) => value === clock)?.label ?? clock;

/** What a server is asked, without the cut of the page; `field` is a plan's. */
export function request(filters: Filters, field: MemoryTimeField | null): MemoryFilter {
  const text = filters.text.trim();
  return {
    ...(text === '' ? {} : { q: text }),
    ...(filters.type === null ? {} : { factType: filters.type }),
    ...(filters.tags.length === 0 ? {} : { tags: filters.tags, tagsMatch: filters.tagsMatch }),
    ...(filters.entity === null ? {} : { entityId: filters.entity.id }),
    ...(filters.document === null ? {} : { documentId: filters.document }),
    ...(filters.state === null ? {} : { state: filters.state }),
    ...(filters.consolidation === null ? {} : { consolidationState: filters.consolidation }),
    ...(field === null ? {} : { timeField: field }),
    ...(filters.from === null ? {} : { startDate: midnight(filters.from, 0) }),
    ...(filters.to === null ? {} : { endDate: midnight(filters.to, 1) }),
  };
}

/** The beginning of a day of the person's own, or of the day after, in UTC. */
function midnight(day: string, after: number): string {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + after).toISOString();
}

/** What one chip takes away. */
export type FilterName =
  'text' | 'type' | 'tags' | 'entity' | 'document' | 'dates' | 'state' | 'consolidation';

export interface Chip {
  name: FilterName;
  label: string;
  /** For tags: the one that the chip stands for. */
  tag?: string;
}

const TYPES: Record<FactType, string> = {
  world: 'world',
  experience: 'experience',
  observation: 'observation',
};
const TAG_WORDS: Record<TagRule, string> = {
  any_strict: 'tag',
  all_strict: 'all of: tag',
  exact: 'only tag',
};
const CONSOLIDATION: Record<ConsolidationState, string> = {
  done: 'consolidated',
  pending: 'waits for consolidation',
  failed: 'consolidation failed',
};

/** Every filter that is on, as it is said. */
export function chips(filters: Filters): Chip[] {
  const found: Chip[] = [];
  const text = filters.text.trim();
  if (text !== '') found.push({ name: 'text', label: `“${text}”` });
  if (filters.type !== null) found.push({ name: 'type', label: TYPES[filters.type] });
  for (const tag of filters.tags) {
    const rule = filters.tags.length > 1 || filters.tagsMatch === 'exact' ? filters.tagsMatch : 'any_strict';
    found.push({ name: 'tags', label: `${TAG_WORDS[rule]} ${tag}`, tag });
  }
  if (filters.entity !== null) found.push({ name: 'entity', label: `entity ${filters.entity.name}` });
  if (filters.document !== null) found.push({ name: 'document', label: `document ${filters.document}` });
  if (dated(filters)) found.push({ name: 'dates', label: dates(filters) });
  if (filters.state !== null) found.push({ name: 'state', label: filters.state });
  if (filters.consolidation !== null) {
    found.push({ name: 'consolidation', label: CONSOLIDATION[filters.consolidation] });
  }
  return found;
}

function dates({ clock, from, to }: Filters): string {
  const what = clockWord(clock);
  if (from === to) return `${what} on ${from}`;
  return [what, ...(from === null ? [] : ['from', from]), ...(to === null ? [] : ['to', to])].join(' ');
}

/** The filters without one of them; for tags without one tag when it is named. */
export function without(filters: Filters, name: FilterName, tag?: string): Filters {
  if (name === 'dates') return { ...filters, from: null, to: null };
  if (name === 'tags') {
    return { ...filters, tags: tag === undefined ? [] : filters.tags.filter((other) => other !== tag) };
  }
  return { ...filters, [name]: NO_FILTERS[name] };
}

/** Whether nothing is filtered. */
export function unfiltered(filters: Filters): boolean {
  return chips(filters).length === 0;
}
