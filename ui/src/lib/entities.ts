// Entities as a list: found by name, sorted, and the facts of one in the order of time. Pure.
import type { Entity } from '$gen/Entity';
import type { Fact } from '$gen/Fact';

export type EntitySort = 'name' | 'mentions' | 'first' | 'last';

/** Order of a list; `up` is A, least or oldest first. */
export interface EntityOrder {
  by: EntitySort;
  up: boolean;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** A name as it is searched: without case and accents. */
export const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** A list ready to be searched at every keystroke. */
export interface Searchable {
  entity: Entity;
  plain: string;
}

export const searchable = (entities: readonly Entity[]): Searchable[] =>
  entities.map((entity) => ({ entity, plain: plain(entity.canonicalName) }));

/** The entities whose names hold every word, in the order asked for. What is missing comes last either way. */
export function found(all: readonly Searchable[], typed: string, order: EntityOrder): Entity[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  const fitting = all.filter((one) => words.every((word) => one.plain.includes(word)));
  return fitting.map((one) => one.entity).sort(comparing(order));
}

function comparing({ by, up }: EntityOrder): (a: Entity, b: Entity) => number {
  const names = (a: Entity, b: Entity) => collator.compare(a.canonicalName, b.canonicalName);
  const sign = up ? 1 : -1;
  if (by === 'name') return (a, b) => sign * names(a, b);
  const value = (entity: Entity): number | null => {
    if (by === 'mentions') return entity.mentionCount;
    const at = by === 'first' ? entity.firstSeen : entity.lastSeen;
    const time = at === null ? Number.NaN : Date.parse(at);
    return Number.isNaN(time) ? null : time;
  };
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || names(a, b);
    return sign * (x - y) || names(a, b);
  };
}

export type EntityFactRow =
  | { kind: 'heading'; key: string; label: string; count: number }
  | { kind: 'fact'; key: string; fact: Fact; at: string | null };

const month = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' });

/**
 * Facts by when they happened, the latest first, with a heading for each month; those without such a time stand
 * under a heading of their own at the end, by when they were said.
 */
export function inTime(facts: readonly Fact[]): EntityFactRow[] {
  const when = (fact: Fact): number => (fact.occurredStart ? Date.parse(fact.occurredStart) : Number.NaN);
  const dated = facts.filter((fact) => !Number.isNaN(when(fact))).sort((a, b) => when(b) - when(a));
  const undated = facts.filter((fact) => Number.isNaN(when(fact)));
  const rows: EntityFactRow[] = [];
  let heading: Extract<EntityFactRow, { kind: 'heading' }> | undefined;
  for (const fact of dated) {
    const label = month.format(when(fact));
    if (heading?.label !== label) {
      heading = { kind: 'heading', key: `# ${label}`, label, count: 0 };
      rows.push(heading);
    }
    heading.count += 1;
    rows.push({ kind: 'fact', key: fact.id, fact, at: fact.occurredStart });
  }
  if (undated.length > 0) {
    rows.push({ kind: 'heading', key: '# undated', label: 'No date of their own', count: undated.length });
    for (const fact of undated) rows.push({ kind: 'fact', key: fact.id, fact, at: fact.mentionedAt });
  }
  return rows;
}
