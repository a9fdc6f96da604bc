// The facts of one bank that match a question, page by page as they come into sight. Rows keep their place while facts
// are added on the server: new ones are counted (`fresh`) and shown when the person asks (`catchUp`).
// state/memoryList.svelte.ts puts banks one after another; nobody else makes one.
import type { Error as AppError } from '$gen/Error';
import type { Fact } from '$gen/Fact';
import type { MemoryFilter } from '$gen/MemoryFilter';
import { asError, host } from '$host';
import { HERE } from '$lib/memoryFilter';
import type { Bank, Plan, Sort } from '$lib/memoryFilter';
import { sorted } from '$lib/memoryColumns';

/** Facts of one request: some three screens. More would keep the first rows waiting for rows that nobody sees. */
export const PAGE = 100;
/** Characters of a text that the list is told; the detail pane reads the fact whole. */
export const TEXT = 2000;
const FLYING = 3; // requests of one bank at a time; what scrolls past meanwhile is never asked for
const KEPT = 120; // pages in memory
const TRUST_MS = 2000; // a server that counts otherwise each time is not asked again and again

export interface NamedBank extends Bank {
  name: string;
  server: string;
}

export interface Question {
  filter: MemoryFilter;
  plan: Plan;
  sort: Sort;
}

interface Page {
  facts: Fact[] | null;
  /** What is under way for it. */
  loading: Promise<void> | null;
  stale: boolean;
  failed: boolean;
}

export class BankFacts {
  /** How many rows it has; null before it is counted. */
  total: number | null = $state(null);
  /** How many facts came since. */
  fresh = $state(0);
  /** Why some of it is not here. */
  error: AppError | null = $state.raw(null);
  #pages = new Map<number, Page>();
  #whole: Fact[] | null = null;
  #version = $state(0);
  #wanted: number[] = [];
  #flying = 0;
  #ended = false;
  #doubtedAt = -Infinity;
  #onfacts: () => void;

  constructor(
    readonly bank: NamedBank,
    readonly question: Question,
    onfacts: () => void = () => undefined,
  ) {
    this.#onfacts = onfacts;
  }

  /** Counts, and fetches the first rows. Never rejects; a failure is in `error`. */
  async begin(): Promise<void> {
    try {
      if (this.question.plan.here) {
        await this.#loadWhole();
        return;
      }
      if (this.question.plan.up) this.#count(await this.#total());
      await this.#load(0);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** Counts without fetching a row, for banks that are not in sight yet. Never rejects. */
  async count(): Promise<void> {
    try {
      this.#count(await this.#total());
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** Nothing that is still under way matters any more. */
  end() {
    this.#ended = true;
  }

  /** The fact of a row; null while it is not here. */
  at(row: number): Fact | null {
    void this.#version;
    if (this.#whole !== null) return this.#whole[row] ?? null;
    return this.#pages.get(Math.floor(row / PAGE))?.facts?.[row % PAGE] ?? null;
  }

  /** The row of a fact that is here; -1 when it is not. */
  find(id: string): number {
    if (this.#whole !== null) return this.#whole.findIndex((fact) => fact.id === id);
    for (const [number, page] of this.#pages) {
      const at = page.facts?.findIndex((fact) => fact.id === id) ?? -1;
      if (at >= 0) return number * PAGE + at;
    }
    return -1;
  }

  /** These rows are in sight: what is missing of them is fetched, and what was wanted before no longer is. */
  want(from: number, to: number) {
    if (this.question.plan.here) return;
    const wanted: number[] = [];
    // Out of sight, `to` lies before `from`, and nothing is wanted.
    for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE); page += 1) {
      if (page >= 0 && (this.total === null || page * PAGE < this.total)) wanted.push(page);
    }
    this.#wanted = wanted;
    this.#pump();
  }

  /** Fetches these rows wherever they are. Rejects with a `Failure`. */
  async facts(from: number, to: number): Promise<Fact[]> {
    const found: Fact[] = [];
    for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE); page += 1) {
      const [first, last] = [Math.max(from, page * PAGE), Math.min(to, page * PAGE + PAGE - 1)];
      if (this.at(first) === null || this.at(last) === null) await this.#load(page);
      for (let row = first; row <= last; row += 1) {
        const fact = this.at(row);
        if (fact !== null) found.push(fact);
      }
    }
    return found;
  }

  /** What is here may be old: it is asked again, and stays until the answer is here. */
  refresh() {
    this.error = null;
    if (this.question.plan.here) {
      this.#loadWhole().catch((thrown: unknown) => this.#fail(thrown));
      return;
    }
    for (const [number, page] of this.#pages) {
      page.failed = false;
      page.stale = true;
      if (!this.#wanted.includes(number) && !page.loading) this.#pages.delete(number);
    }
    if (this.total === null) void this.begin();
    this.#pump();
  }

  /** Asks the server how many there are now. Failures are silent: this is a look in passing. */
  async poll(): Promise<boolean> {
    try {
      this.#count(await this.#total());
      return true;
    } catch {
      return false;
    }
  }

  /** Shows what came since. */
  async catchUp(): Promise<void> {
    try {
      if (this.question.plan.here) {
        await this.#loadWhole();
        return;
      }
      const { items, total } = await this.#ask(0, PAGE);
      if (this.#ended) return;
      this.#pages.clear();
      this.#pages.set(0, { facts: items, loading: null, stale: false, failed: false });
      this.total = total ?? (this.total ?? 0) + this.fresh;
      this.fresh = 0;
      this.#told();
      this.#pump();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #told() {
    this.#version += 1;
    this.#onfacts();
  }

  #fail(thrown: unknown) {
    if (!this.#ended) this.error = asError(thrown);
  }

  async #ask(offset: number, limit: number): Promise<{ items: Fact[]; total: number | null }> {
    const { serverId, bankId } = this.bank;
    const { filter, plan } = this.question;
    const answer = await host.call('memory.list', {
      serverId,
      bankId,
      textChars: TEXT,
      filter: { ...filter, ...(plan.field === null ? {} : { timeField: plan.field }), limit, offset },
    });
    return answer;
  }

  async #total(): Promise<number> {
    const { total } = await this.#ask(0, 0);
    if (total === null) throw new Error('The memory server does not say how many facts there are.');
    return total;
  }

  #count(now: number) {
    if (this.#ended || this.total === now - this.fresh) return;
    const { plan } = this.question;
    const known = this.total !== null;
    if (this.total !== null && now > this.total && !plan.up) {
      this.fresh = now - this.total;
    } else {
      this.fresh = 0;
      this.total = now;
    }
    // What was read from the end, or lies under what went away, lies elsewhere now.
    if (known) for (const page of this.#pages.values()) page.stale = true;
    this.#told();
    this.#pump();
  }

  /** A page came with a total. */
  #heard(now: number) {
    if (this.total === null) this.#count(now);
    if (this.total === now - this.fresh || performance.now() - this.#doubtedAt < TRUST_MS) return;
    this.#doubtedAt = performance.now();
    this.#count(now);
  }

  /** A page came without a total: there is at least what came, and another page when this one is full. */
  #guess(offset: number, items: number, limit: number) {
    const least = offset + items + (items >= limit ? PAGE : 0);
    this.total = items >= limit ? Math.max(this.total ?? 0, least) : least;
  }

  async #loadWhole() {
    const facts: Fact[] = [];
    const most = HERE / 2;
    for (let offset = 0; offset <= HERE; offset += most) {
      const { items } = await this.#ask(offset, most);
      facts.push(...items);
      if (items.length < most) break;
    }
    if (this.#ended) return;
    this.#whole = sorted(facts, this.question.sort);
    this.total = facts.length;
    this.fresh = 0;
    this.error = null;
    this.#told();
  }

  #pump() {
    for (const number of this.#wanted) {
      if (this.#ended || this.#flying >= FLYING) return;
      const page = this.#pages.get(number);
      if (page === undefined || (page.stale && !page.loading && !page.failed)) {
        this.#load(number).catch((thrown: unknown) => this.#fail(thrown));
      }
    }
  }

  /** Fetches a page, or waits for it when that is under way already. */
  #load(number: number): Promise<void> {
    const page = this.#pages.get(number) ?? { facts: null, loading: null, stale: false, failed: false };
    this.#pages.set(number, page);
    page.loading ??= this.#fetch(number, page).finally(() => {
      page.loading = null;
      this.#flying -= 1;
      this.#pump();
    });
    return page.loading;
  }

  /** Rows are numbered as they are drawn, so the place on the server depends on what is new. */
  async #fetch(number: number, page: Page): Promise<void> {
    page.stale = false;
    page.failed = true; // until it is here
    this.#flying += 1;
    const { total, fresh } = this;
    const up = this.question.plan.up && total !== null;
    const offset = up ? Math.max(0, total - (number + 1) * PAGE) : number * PAGE + fresh;
    const limit = up ? Math.max(0, Math.min(PAGE, total - number * PAGE)) : PAGE;
    const answer = await this.#ask(offset, limit);
    if (this.#ended) return;
    page.facts = up ? answer.items.reverse() : answer.items;
    page.failed = false;
    this.error = null;
    this.#trim();
    if (answer.total === null && !up) this.#guess(offset, answer.items.length, limit);
    this.#told();
    if (answer.total !== null) this.#heard(answer.total);
  }

  /** Lets go of the pages farthest from what is in sight. */
  #trim() {
    const middle = this.#wanted[0] ?? 0;
    while (this.#pages.size > KEPT) {
      const [farthest] = [...this.#pages.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
      if (farthest === undefined) return;
      this.#pages.delete(farthest);
    }
  }
}
