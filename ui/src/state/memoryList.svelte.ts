// The list of the fact browser: the facts of one bank, or of all banks one after another under headings (servers in the
// order of the settings with the default first, banks by last write). Says which row is what; facts come from
// state/bankFacts.svelte.ts. Made by views/memories/list/FactList.svelte.
import type { Error as AppError } from '$gen/Error';
import type { Fact } from '$gen/Fact';
import { asError } from '$host';
import { plan, planNeedsTotal, request, unfiltered } from '$lib/memoryFilter';
import type { Filters, Plan, Scope, Sort } from '$lib/memoryFilter';
import { host } from '$host';
import { BankFacts } from './bankFacts.svelte';
import type { NamedBank } from './bankFacts.svelte';
import { onStale, read } from './commands.svelte';
import { memories } from './memories.svelte';
import type { MemoryRow } from './memories.svelte';

const POLL_MS = 5000;
const TIRED_MS = 30_000; // after a look that failed
const AT_ONCE = 4; // banks that are counted at a time
const BANKS = 500; // of one request
const MOST_BANKS = 2000;
const RANGE = 5000; // rows of one range that is selected

/** What stands in a row. */
export type Placed =
  | { kind: 'heading'; section: BankFacts }
  | { kind: 'fact'; section: BankFacts; row: number; fact: Fact | null };

export class MemoryList {
  /** The banks that are drawn; banks without a match are not. */
  sections: readonly BankFacts[] = $state.raw([]);
  plan: Plan = $state.raw({ here: false, field: null, up: false, refused: null, leavesOut: false });
  /** Whether the answer to the newest question is not here yet. */
  asking = $state(true);
  /** Why it never will be; what was here before stays. */
  error: AppError | null = $state.raw(null);
  /** Whether anything was ever answered. */
  begun = $state(false);
  /** How many facts there are without the filters; null when that is not known. */
  all: number | null = $state(null);
  /** How many facts the order leaves out, having no such time. */
  leftOut = $state(0);
  /** The row of the keyboard. */
  cursor = $state(0);
  #cursorId: string | null = null;
  #asked = 0;
  #question: [Scope, Filters, Sort] | null = null;
  #sight: [number, number] = [0, 0];

  /** Whether banks have headings. */
  readonly headed = $derived(memories.scope === 'all');

  /** The first row of each bank, and at the end how many rows there are. */
  readonly starts = $derived.by(() => {
    const starts = [0];
    for (const { total, error } of this.sections) {
      const rows = total ?? 0;
      const head = this.headed && (rows > 0 || error !== null) ? 1 : 0;
      starts.push((starts.at(-1) ?? 0) + head + rows);
    }
    return starts;
  });

  readonly rows = $derived(this.starts.at(-1) ?? 0);
  /** How many facts match. */
  readonly total = $derived(this.sections.reduce((sum, { total }) => sum + (total ?? 0), 0));
  /** How many came since. */
  readonly fresh = $derived(this.sections.reduce((sum, { fresh }) => sum + fresh, 0));
  /** Why some rows are missing. */
  readonly trouble = $derived(
    this.error ?? this.sections.find((section) => section.error !== null)?.error ?? null,
  );
  readonly matching = $derived(
    this.sections.flatMap(({ bank, total }) =>
      total ? [{ serverId: bank.serverId, bankId: bank.bankId, total }] : [],
    ),
  );

  /** What stands in a row of the list. */
  place(index: number): Placed | null {
    const { starts } = this;
    let low = 0;
    let high = this.sections.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    // Banks without rows share their start with the next one; the last of them holds the row.
    const section = this.sections[low];
    if (section === undefined || index < 0 || index >= this.rows) return null;
    const within = index - (starts[low] ?? 0);
    if (!this.headed) return { kind: 'fact', section, row: within, fact: section.at(within) };
    if (within === 0) return { kind: 'heading', section };
    return { kind: 'fact', section, row: within - 1, fact: section.at(within - 1) };
  }

  /** The row as others know it; null for headings and while it is not here. */
  rowAt(index: number): MemoryRow | null {
    const placed = this.place(index);
    if (placed?.kind !== 'fact' || placed.fact === null) return null;
    return named(placed.section, placed.fact);
  }

  /** Asks anew. What is drawn stays until the first rows are here. */
  async ask(scope: Scope, filters: Filters, sort: Sort): Promise<void> {
    const asked = ++this.#asked;
    const current = () => asked === this.#asked;
    this.#question = [scope, filters, sort];
    this.asking = true;
    try {
      const banks = await banksOf(scope);
      if (!current()) return;
      let total: number | null = null;
      if (planNeedsTotal(filters, sort)) {
        const base = { filter: request(filters, null), plan: plan(filters, sort, null), sort };
        const counted = banks.map(
          (bank) => new BankFacts(bank, { ...base, plan: { ...base.plan, field: rangeField(filters) } }),
        );
        await eachOf(counted, current, (one) => one.count());
        if (!current()) return;
        const failed = counted.find((one) => one.error !== null);
        if (failed?.error && counted.length === 1) throw failed.error;
        total = counted.reduce((sum, one) => sum + (one.total ?? 0), 0);
      }
      const chosen = plan(filters, sort, total);
      const question = { filter: request(filters, chosen.field), plan: chosen, sort };
      const next = banks.map((bank) => new BankFacts(bank, question, () => this.#relocate()));
      const [first] = next;
      if (first) await first.begin();
      if (!current()) return;
      if (first?.error && next.length === 1) throw first.error;
      for (const section of this.sections) section.end();
      this.sections = next;
      this.plan = chosen;
      this.error = null;
      this.begun = true;
      this.asking = false;
      this.#clamp();
      this.leftOut = chosen.leavesOut && total !== null ? Math.max(0, total - (first?.total ?? 0)) : 0;
      this.look(...this.#sight);
      void this.#countAll(banks, filters, current);
      await eachOf(next.slice(1), current, (section) => (chosen.here ? section.begin() : section.count()));
      if (current() && chosen.leavesOut && total !== null) this.leftOut = Math.max(0, total - this.total);
    } catch (thrown) {
      if (!current()) return;
      this.error = asError(thrown);
      this.asking = false;
    }
  }

  /** Asks the last question once more. */
  retry() {
    if (this.#question) void this.ask(...this.#question);
  }

  /** These rows are in sight. */
  look(from: number, to: number) {
    this.#sight = [from, to];
    this.sections.forEach((section, index) => {
      const start = (this.starts[index] ?? 0) + (this.headed ? 1 : 0);
      const end = (this.starts[index + 1] ?? 0) - 1;
      if (end >= from && start <= to) section.want(Math.max(0, from - start), Math.min(to, end) - start);
      else section.want(0, -1);
    });
  }

  /** Moves the keyboard's row; headings are passed over. */
  move(to: number): number {
    const way = to < this.cursor ? -1 : 1;
    let index = Math.min(Math.max(to, 0), Math.max(0, this.rows - 1));
    if (this.place(index)?.kind === 'heading') {
      const next = index + way;
      index = next < 0 || next >= this.rows ? index - way : next;
    }
    this.cursor = Math.min(Math.max(index, 0), Math.max(0, this.rows - 1));
    this.#cursorId = this.rowAt(this.cursor)?.id ?? null;
    return this.cursor;
  }

  /** The rows from one to another, fetched where they are not here. At most 5,000. Rejects with a `Failure`. */
  async range(from: number, to: number): Promise<MemoryRow[]> {
    const [low, high] = from < to ? [from, to] : [to, from];
    const rows: MemoryRow[] = [];
    for (const [index, section] of this.sections.entries()) {
      const start = (this.starts[index] ?? 0) + (this.headed ? 1 : 0);
      const end = (this.starts[index + 1] ?? 0) - 1;
      const [first, last] = [Math.max(low, start), Math.min(high, end, low + RANGE - 1)];
      if (first > last) continue;
      const facts = await section.facts(first - start, last - start);
      rows.push(...facts.map((fact) => named(section, fact)));
    }
    return rows;
  }

  /** Shows what came since. */
  async catchUp(): Promise<void> {
    await Promise.all(this.sections.map((section) => (section.fresh > 0 ? section.catchUp() : undefined)));
  }

  /** Follows the servers while the list is in the page. Answers how to stop. */
  follow(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let turn = 0;
    const look = async () => {
      let well = true;
      if (document.visibilityState === 'visible' && !this.asking) {
        const inSight = this.sections.filter((section, index) => {
          const [from, to] = this.#sight;
          return (
            (this.starts[index + 1] ?? 0) > from && (this.starts[index] ?? 0) <= to && section.total !== null
          );
        });
        // A screen of tiny banks is asked in turns.
        const some =
          inSight.length <= AT_ONCE ? inSight : rotated(inSight, turn++ * AT_ONCE).slice(0, AT_ONCE);
        well = (await Promise.all(some.map((section) => section.poll()))).every(Boolean);
      }
      timer = setTimeout(() => void look(), well ? POLL_MS : TIRED_MS);
    };
    timer = setTimeout(() => void look(), POLL_MS);
    const stop = onStale((tags) => {
      if (!tags.has('memories') || this.#question === null) return;
      if (this.sections.length === 0) {
        this.retry();
        return;
      }
      for (const section of this.sections) section.refresh();
      const [scope, filters] = this.#question;
      if (scope !== 'all')
        void this.#countAll(
          this.sections.map(({ bank }) => bank),
          filters,
          () => true,
        );
    });
    return () => {
      clearTimeout(timer);
      stop();
      this.#asked += 1;
      for (const section of this.sections) section.end();
    };
  }

  async #countAll(banks: readonly NamedBank[], filters: Filters, current: () => boolean) {
    if (unfiltered(filters)) {
      this.all = null;
      return;
    }
    try {
      let sum = 0;
      await eachOf(banks, current, async ({ serverId, bankId }) => {
        const { total } = await host.call('memory.list', { serverId, bankId, filter: { limit: 0 } });
        sum += total ?? 0;
      });
      if (current()) this.all = sum;
    } catch {
      if (current()) this.all = null;
    }
  }

  /** Facts moved: the keyboard stays at its fact. */
  #relocate() {
    if (this.#cursorId === null) {
      this.#cursorId = this.rowAt(this.cursor)?.id ?? null;
      return;
    }
    if (this.rowAt(this.cursor)?.id === this.#cursorId) return;
    for (const [index, section] of this.sections.entries()) {
      const row = section.find(this.#cursorId);
      if (row >= 0) {
        this.cursor = (this.starts[index] ?? 0) + (this.headed ? 1 : 0) + row;
        return;
      }
    }
    this.#clamp();
  }

  #clamp() {
    this.#cursorId = null;
    this.move(Math.min(this.cursor, Math.max(0, this.rows - 1)));
  }
}

const named = ({ bank }: BankFacts, fact: Fact): MemoryRow => ({
  serverId: bank.serverId,
  bankId: bank.bankId,
  id: fact.id,
  fact,
});

const rangeField = (filters: Filters) =>
  filters.from === null && filters.to === null ? null : filters.clock;

function rotated<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

/** Does something with each, a few at a time, in order. */
async function eachOf<T>(all: readonly T[], go: () => boolean, work: (one: T) => Promise<unknown>) {
  const waiting = [...all];
  const worker = async () => {
    for (let one = waiting.shift(); one !== undefined && go(); one = waiting.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function banksOf(scope: Scope): Promise<NamedBank[]> {
  if (scope !== 'all') return [{ ...scope, name: scope.bankId, server: scope.serverId }];
  const { items, defaultId } = await read('server.list', {});
  const first = (id: string) => (id === defaultId ? 0 : 1);
  const servers = [...items].sort((a, b) => first(a.config.id) - first(b.config.id));
  const lists = await Promise.all(servers.map(({ config }) => allBanks(config.id, config.name)));
  const found = lists.flatMap(({ banks }) => banks);
  const failed = lists.find(({ error }) => error !== null);
  // A server that is away is no reason to hide the others; when nothing is left it is.
  if (found.length === 0 && failed?.error) throw failed.error;
  return found;
}

async function allBanks(serverId: string, server: string) {
  const banks: NamedBank[] = [];
  try {
    for (let offset = 0; offset < MOST_BANKS; offset += BANKS) {
      const page = await read('server.banks', { serverId, q: null, limit: BANKS, offset });
      banks.push(...page.items.map(({ id, name }) => ({ serverId, bankId: id, name, server })));
      if (page.items.length < BANKS) break;
    }
    return { banks, error: null };
  } catch (thrown) {
    return { banks, error: asError(thrown) };
  }
}
