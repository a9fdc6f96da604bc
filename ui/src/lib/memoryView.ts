// A view of the fact browser as it is kept: filters, order, columns, and for the last one the bank. What is read back
// may be of another version, or anybody's; what does not fit is the usual. Pure.
import type { JsonValue } from '$gen/serde_json/JsonValue';
import { COLUMNS, NO_WISHES } from './memoryColumns';
import type { ColumnWishes } from './memoryColumns';
import { CLOCKS, NO_FILTERS, USUAL_SORT } from './memoryFilter';
import type { ColumnId, Filters, Scope, Sort } from './memoryFilter';

export interface MemoryView {
  filters: Filters;
  sort: Sort;
  columns: ColumnWishes;
}

type Fields = Record<string, unknown>;
const fields = (from: unknown): Fields =>
  typeof from === 'object' && from !== null && !Array.isArray(from) ? (from as Fields) : {};
const texts = (from: unknown): string[] =>
  Array.isArray(from) ? from.filter((one): one is string => typeof one === 'string') : [];
const textOr = <T>(from: unknown, otherwise: T): string | T => (typeof from === 'string' ? from : otherwise);
const oneOf = <V extends string, T>(from: unknown, values: readonly V[], otherwise: T): V | T =>
  values.find((value) => value === from) ?? otherwise;

const IDS = COLUMNS.map(({ id }) => id);
const columnIds = (from: unknown): ColumnId[] =>
  texts(from).filter((id): id is ColumnId => IDS.some((known) => known === id));
const day = (from: unknown): string | null =>
  typeof from === 'string' && /^\d{4}-\d\d-\d\d$/.test(from) ? from : null;

/** Reads a kept view. */
export function readView(from: JsonValue): MemoryView {
  const view = fields(from);
  return { filters: filters(view['filters']), sort: sort(view['sort']), columns: columns(view['columns']) };
}

function filters(from: unknown): Filters {
  const kept = fields(from);
  const entity = fields(kept['entity']);
  return {
    text: textOr(kept['text'], ''),
    type: oneOf(kept['type'], ['world', 'experience', 'observation'] as const, null),
    tags: texts(kept['tags']),
    tagsMatch: oneOf(kept['tagsMatch'], ['all_strict', 'exact'] as const, 'any_strict' as const),
    entity:
      typeof entity['id'] === 'string'
        ? { id: entity['id'], name: textOr(entity['name'], entity['id']) }
        : null,
    document: textOr(kept['document'], null),
    clock: oneOf(
      kept['clock'],
      CLOCKS.map(({ value }) => value),
      NO_FILTERS.clock,
    ),
    from: day(kept['from']),
    to: day(kept['to']),
    state: oneOf(kept['state'], ['valid', 'invalidated'] as const, null),
    consolidation: oneOf(kept['consolidation'], ['failed', 'pending', 'done'] as const, null),
  };
}

function sort(from: unknown): Sort {
  const kept = fields(from);
  return { by: oneOf(kept['by'], IDS, USUAL_SORT.by), up: kept['up'] === true };
}

function columns(from: unknown): ColumnWishes {
  const kept = fields(from);
  const widths: ColumnWishes['widths'] = {};
  for (const [id, width] of Object.entries(fields(kept['widths']))) {
    const known = oneOf(id, IDS, null);
    if (known !== null && typeof width === 'number' && Number.isFinite(width)) widths[known] = width;
  }
  return { ...NO_WISHES, hidden: columnIds(kept['hidden']), shown: columnIds(kept['shown']), widths };
}

/** The bank of a kept view; null when none is kept. */
export function readScope(from: JsonValue): Scope | null {
  const scope = fields(from)['scope'];
  if (scope === 'all') return 'all';
  const { serverId, bankId } = fields(scope);
  return typeof serverId === 'string' && typeof bankId === 'string' ? { serverId, bankId } : null;
}

/** A view as it is kept. */
export function writeView(view: MemoryView, scope?: Scope | null): JsonValue {
  return JSON.parse(JSON.stringify({ ...view, ...(scope ? { scope } : {}) })) as JsonValue;
}
