// The fact browser's state, shared by all tabs of the view Memories: which banks, which filters, which order, which
// row, which facts are selected. No fact is fetched here (state/memoryList.svelte.ts does) but for `selectedFacts`.
//
// For those who read it (bulk bar, review, detail, graph, lab):
//
//   memories.scope           one bank, 'all' banks of all servers, or null until the first bank is known
//   memories.bank            the one bank, null when all are looked at: tabs of one bank ask to pick one then
//   memories.look(bank)      looks at that bank and drops the selection
//   memories.filters         what is filtered by; `filter({ tags: ['work'] })` changes some, `clearFilters()` all
//   memories.open(bank, filters)  opens the list tab of a bank with just these filters, from anywhere in the app
//   memories.active          the row the keyboard is at, with its fact; null when none
//   memories.selection       { kind: 'some', rows } or { kind: 'all', banks, filter, except }: everything that
//                            matches, also what is not loaded
//   memories.selectedCount   how many that are
//   memories.isSelected(ref) whether this one is
//   memories.clearSelection()
//   memories.selectedFacts({ signal, ontold })  the selected rows, fetching what is not here; rejects with a `Failure`
//
// After a change of facts nothing is to be done here: reads with the tag "memories" are asked again, the selection
// stays as it is until somebody clears it.
import type { Fact } from '$gen/Fact';
import type { MemoryFilter } from '$gen/MemoryFilter';
import { host } from '$host';
import { NO_FILTERS, USUAL_SORT, request, without } from '$lib/memoryFilter';
import type { Bank, ColumnId, Filters, FilterName, Scope, Sort } from '$lib/memoryFilter';
import { NO_WISHES, resized, toggled } from '$lib/memoryColumns';
import type { ColumnWishes } from '$lib/memoryColumns';
import type { MemoryView } from '$lib/memoryView';
import { app } from './app.svelte';
import type { MemoryRef } from './selected.svelte';

/** A fact with where it is. */
export interface MemoryRow extends MemoryRef {
  fact: Fact;
}

/** Banks with how many of their facts match, in the order of the list. */
export interface Matching extends Bank {
  total: number;
}

export type Selection =
  | { kind: 'some'; rows: ReadonlyMap<string, MemoryRow> }
  | { kind: 'all'; banks: readonly Matching[]; filter: MemoryFilter; except: ReadonlySet<string> };

const NOTHING: Selection = { kind: 'some', rows: new Map() };
const PAGE = 500; // facts of one request of `selectedFacts`

/** One text for a fact wherever it is. No id holds the character between. */
export const keyOf = ({ serverId, bankId, id }: MemoryRef): string => `${serverId}\n${bankId}\n${id}`;

class Memories {
  /** Whether what was kept of the last time was looked at. */
  restored = false;
  /** The open tab, an id of views/memories/tabs.ts. */
  tab = $state('list');
  scope: Scope | null = $state.raw(null);
  filters: Filters = $state.raw(NO_FILTERS);
  sort: Sort = $state.raw(USUAL_SORT);
  columns: ColumnWishes = $state.raw(NO_WISHES);
  active: MemoryRow | null = $state.raw(null);
  selection: Selection = $state.raw(NOTHING);

  /** The one bank that is looked at. */
  get bank(): Bank | null {
    return this.scope === 'all' ? null : this.scope;
  }

  /** What a server is asked for all that matches, in its usual order and without the cut of a page. */
  get request(): MemoryFilter {
    return request(
      this.filters,
      this.filters.from === null && this.filters.to === null ? null : this.filters.clock,
    );
  }

  look(scope: Scope) {
    this.scope = scope;
    this.active = null;
    // An entity belongs to its bank; its id means nothing elsewhere.
    if (this.filters.entity !== null) this.filters = without(this.filters, 'entity');
    this.clearSelection();
  }

  /** Opens the list of a bank with just these filters. */
  open(bank: Bank, filters: Partial<Filters> = {}) {
    this.look(bank);
    this.filters = { ...NO_FILTERS, ...filters };
    this.tab = 'list';
    app.openMemories();
  }

  filter(change: Partial<Filters>) {
    this.filters = { ...this.filters, ...change };
    this.#everythingEnds();
  }

  loosen(name: FilterName, tag?: string) {
    this.filter(without(this.filters, name, tag));
  }

  clearFilters() {
    this.filter(NO_FILTERS);
  }

  order(sort: Sort) {
    this.sort = sort;
  }

  /** Makes a column as wide as this; null is the usual width. */
  resize(id: ColumnId, width: number | null) {
    this.columns = resized(this.columns, id, width);
  }

  toggleColumn(id: ColumnId) {
    this.columns = toggled(this.columns, id);
  }

  /** What is kept as a view. */
  get view(): MemoryView {
    return { filters: this.filters, sort: this.sort, columns: this.columns };
  }

  /** Looks through a kept view; the bank stays. */
  show(view: MemoryView) {
    this.filters = view.filters;
    this.sort = view.sort;
    this.columns = view.columns;
    this.#everythingEnds();
  }

  /** "Everything that matches" means other facts under another filter; what was picked by hand stays. */
  #everythingEnds() {
    if (this.selection.kind === 'all') this.clearSelection();
  }

  get selectedCount(): number {
    const { selection } = this;
    if (selection.kind === 'some') return selection.rows.size;
    return Math.max(0, selection.banks.reduce((sum, { total }) => sum + total, 0) - selection.except.size);
  }

  isSelected(ref: MemoryRef): boolean {
    const { selection } = this;
    if (selection.kind === 'some') return selection.rows.has(keyOf(ref));
    return !selection.except.has(keyOf(ref));
  }

  /** Selects these rows, or lets go of them. */
  select(rows: readonly MemoryRow[], on = true) {
    const { selection } = this;
    if (selection.kind === 'some') {
      const next = new Map(selection.rows);
      for (const row of rows) {
        if (on) next.set(keyOf(row), row);
        else next.delete(keyOf(row));
      }
      this.selection = { kind: 'some', rows: next };
    } else {
      const except = new Set(selection.except);
      for (const row of rows) {
        if (on) except.delete(keyOf(row));
        else except.add(keyOf(row));
      }
      this.selection = { ...selection, except };
    }
  }

  toggle(row: MemoryRow) {
    this.select([row], !this.isSelected(row));
  }

  /** Selects everything that matches the filter, also what is not loaded. */
  selectAll(banks: readonly Matching[]) {
    this.selection = { kind: 'all', banks, filter: this.request, except: new Set() };
  }

  clearSelection() {
    this.selection = NOTHING;
  }

  /**
   * The selected rows, in the order of the list. What is not loaded is fetched page by page; `ontold` hears how many
   * are here. Rejects with a `Failure`, and with the reason of `signal` when that stops it.
   */
  async selectedFacts(
    options: { signal?: AbortSignal; ontold?: (here: number, of: number) => void } = {},
  ): Promise<MemoryRow[]> {
    const { selection } = this;
    if (selection.kind === 'some') return [...selection.rows.values()];
    const rows: MemoryRow[] = [];
    const of = this.selectedCount;
    for (const { serverId, bankId } of selection.banks) {
      const seen = new Set<string>();
      for (let offset = 0; ; offset += PAGE) {
        options.signal?.throwIfAborted();
        const filter = { ...selection.filter, limit: PAGE, offset };
        const page = await host.call('memory.list', { serverId, bankId, filter });
        for (const fact of page.items) {
          const row = { serverId, bankId, id: fact.id, fact };
          // A fact that is stored while we read moves the others down, and the last one comes twice.
          if (seen.has(fact.id) || selection.except.has(keyOf(row))) continue;
          seen.add(fact.id);
          rows.push(row);
        }
        options.ontold?.(rows.length, of);
        if (page.items.length < PAGE) break;
      }
    }
    return rows;
  }
}

export const memories = new Memories();
