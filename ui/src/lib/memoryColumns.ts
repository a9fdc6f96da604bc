// The columns of the fact browser: what they are called, how wide, which there is room for, and what they sort by.
// Pure; drawn by views/memories/list.
import type { Fact } from '$gen/Fact';
import type { ColumnId, Sort } from './memoryFilter';

export interface Column {
  id: ColumnId;
  label: string;
  /** Pixels; the text takes the rest. */
  width: number;
  /** What it says, on hover. */
  about: string;
  /** Shown unless the person says otherwise. */
  usual: boolean;
  /** The order in which columns leave when there is no room, highest first; 0 stays. */
  leaves: number;
  end?: boolean;
}

export const COLUMNS: readonly Column[] = [
  { id: 'type', label: 'Type', width: 44, about: 'World, experience or observation', usual: true, leaves: 0 },
  { id: 'text', label: 'Fact', width: 0, about: 'The text of the fact', usual: true, leaves: 0 },
  {
    id: 'entities',
    label: 'Entities',
    width: 150,
    about: 'Who and what it is about',
    usual: true,
    leaves: 4,
  },
  { id: 'tags', label: 'Tags', width: 120, about: 'Its tags', usual: true, leaves: 5 },
  { id: 'occurred', label: 'Occurred', width: 92, about: 'When it happened', usual: true, leaves: 3 },
  { id: 'mentioned', label: 'Mentioned', width: 92, about: 'When it was said', usual: true, leaves: 1 },
  { id: 'stored', label: 'Stored', width: 92, about: 'When it was stored', usual: true, leaves: 7 },
  { id: 'changed', label: 'Changed', width: 92, about: 'When it was last changed', usual: false, leaves: 8 },
  {
    id: 'evidence',
    label: 'Evidence',
    width: 72,
    about: 'How many facts stand behind it',
    usual: true,
    leaves: 2,
    end: true,
  },
  {
    id: 'state',
    label: 'State',
    width: 96,
    about: 'Valid or invalidated, consolidated or not',
    usual: true,
    leaves: 6,
  },
  { id: 'document', label: 'Document', width: 130, about: 'Where it came from', usual: true, leaves: 9 },
];

const TEXT_LEAST = 340; // pixels that the text keeps
const NARROWEST = 40;
const WIDEST = 600;

/** How the person wants the columns: hidden or shown against the usual, and widths. */
export interface ColumnWishes {
  hidden: ColumnId[];
  shown: ColumnId[];
  widths: Partial<Record<ColumnId, number>>;
}

export const NO_WISHES: ColumnWishes = { hidden: [], shown: [], widths: {} };

export function wanted(column: Column, wishes: ColumnWishes): boolean {
  if (column.id === 'text') return true;
  return column.usual ? !wishes.hidden.includes(column.id) : wishes.shown.includes(column.id);
}

export const widthOf = (column: Column, wishes: ColumnWishes): number =>
  Math.min(WIDEST, Math.max(NARROWEST, wishes.widths[column.id] ?? column.width));

/** The columns that are drawn in so many pixels: the wanted ones, without those that find no room. */
export function fitting(wishes: ColumnWishes, room: number): { columns: Column[]; left: Column[] } {
  const columns = COLUMNS.filter((column) => wanted(column, wishes));
  const left: Column[] = [];
  const needed = () =>
    columns.reduce((sum, one) => sum + (one.id === 'text' ? TEXT_LEAST : widthOf(one, wishes)), 0);
  while (needed() > room) {
    const leaving = [...columns].sort((a, b) => b.leaves - a.leaves)[0];
    if (leaving === undefined || leaving.leaves === 0) break;
    columns.splice(columns.indexOf(leaving), 1);
    left.push(leaving);
  }
  return { columns, left };
}

/** Shows or hides a column. */
export function toggled(wishes: ColumnWishes, id: ColumnId): ColumnWishes {
  const column = COLUMNS.find((one) => one.id === id);
  if (column === undefined) return wishes;
  const flip = (list: ColumnId[]) =>
    list.includes(id) ? list.filter((other) => other !== id) : [...list, id];
  return column.usual ? { ...wishes, hidden: flip(wishes.hidden) } : { ...wishes, shown: flip(wishes.shown) };
}

export function resized(wishes: ColumnWishes, id: ColumnId, width: number | null): ColumnWishes {
  const others = Object.entries(wishes.widths).filter(([other]) => other !== id);
  const fit = width === null ? [] : [[id, Math.round(Math.min(WIDEST, Math.max(NARROWEST, width)))]];
  return { ...wishes, widths: Object.fromEntries([...others, ...fit]) as ColumnWishes['widths'] };
}

/** What the state column says; empty for what is as usual. */
export function stateWord(fact: Fact): '' | 'invalidated' | 'failed' | 'waits' | 'consolidated' {
  if (fact.state === 'invalidated') return 'invalidated';
  if (fact.consolidationFailedAt !== null) return 'failed';
  if (fact.consolidatedAt !== null) return 'consolidated';
  return fact.factType === 'observation' || fact.factType === null ? '' : 'waits';
}

type Sortable = string | number | null;
const VALUES: Record<ColumnId, (fact: Fact) => Sortable> = {
  text: (fact) => fact.text,
  type: (fact) => fact.factType,
  entities: (fact) => fact.entities.join(', ') || null,
  tags: (fact) => fact.tags.join(', ') || null,
  occurred: (fact) => moment(fact.occurredStart ?? fact.occurredEnd),
  mentioned: (fact) => moment(fact.mentionedAt),
  stored: (fact) => moment(fact.createdAt),
  changed: (fact) => moment(fact.updatedAt),
  evidence: (fact) => fact.proofCount,
  state: (fact) => stateWord(fact) || null,
  document: (fact) => fact.documentId,
};

function moment(at: string | null): number | null {
  const ms = at === null ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) ? null : ms;
}

const words = new Intl.Collator(undefined, { numeric: true });

/** Sorts facts by a column. What has no value comes last, whichever way round. */
export function sorted(facts: readonly Fact[], sort: Sort): Fact[] {
  const value = VALUES[sort.by];
  const way = sort.up ? 1 : -1;
  const keyed = facts.map((fact) => ({ fact, key: value(fact) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    if (typeof a.key === 'number' && typeof b.key === 'number') return way * (a.key - b.key);
    return way * words.compare(String(a.key), String(b.key));
  });
  return keyed.map(({ fact }) => fact);
}
