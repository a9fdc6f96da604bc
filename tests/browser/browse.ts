// What the specs of the fact browser's tabs share: the sample bank, opening a tab of it, axe, and a bank as large as one
// likes that answers at the door of the backend.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Fact } from '../../ui/src/gen/Fact';
import type { MemoryFilter } from '../../ui/src/gen/MemoryFilter';

export const SAMPLE = { serverId: 'embedded', bankId: 'sample' };

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What axe finds in a part of the page, else in the view Memories, in a form that a failed test can be read from. */
export async function faults(page: Page, part = 'section[aria-label=Memories]'): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).include(part).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
  );
}

/** Opens a tab of the sample bank. */
export async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Memories', exact: true }).click();
  await page.locator('section[aria-label=Memories]').getByRole('button', { name: /^Bank/ }).click();
  await page
    .getByRole('option', { name: /sample/i })
    .first()
    .click();
  await page.getByRole('tab', { name, exact: true }).click();
}

/** Elements of the whole page. */
export const elements = (page: Page): Promise<number> =>
  page.evaluate(() => document.querySelectorAll('*').length);

const START = Date.UTC(2016, 0, 1);

/** A bank of that many facts, one after another over ten years, every third of them without a date of its own. */
export class LargeBank {
  readonly asked: MemoryFilter[] = [];
  readonly #step: number;

  constructor(readonly facts: number) {
    this.#step = (Date.UTC(2026, 0, 1) - START) / facts;
  }

  at(n: number): string {
    return new Date(START + n * this.#step).toISOString();
  }

  fact(n: number): Fact {
    return {
      id: `fact-${n}`,
      text: `Fact number ${n} <img src=x onerror=alert(1)>`,
      factType: 'world',
      entities: [],
      occurredStart: n % 3 === 1 ? null : this.at(n),
      mentionedAt: this.at(n),
      createdAt: this.at(n),
      documentId: null,
      chunkId: null,
      tags: [],
    } as unknown as Fact;
  }

  /** Numbers from and to of the facts between two times. */
  #between(from: string | null | undefined, to: string | null | undefined): [number, number] {
    const number = (text: string | null | undefined, without: number) =>
      text ? Math.max(0, Math.min(this.facts, Math.ceil((Date.parse(text) - START) / this.#step))) : without;
    return [number(from, 0), number(to, this.facts)];
  }

  page(filter: MemoryFilter): { items: Fact[]; total: number } {
    this.asked.push(filter);
    const [from, to] = this.#between(filter.startDate, filter.endDate);
    const offset = filter.offset ?? 0;
    const many = Math.max(0, Math.min(filter.limit ?? 100, to - from - offset));
    return {
      items: Array.from({ length: many }, (_, n) => this.fact(to - 1 - offset - n)),
      total: to - from,
    };
  }

  /** Puts itself at the place of the sample for lists and for the strip of the timeline. */
  async install(page: Page): Promise<void> {
    await page.route('**/rpc/memory.list', (route) =>
      route.fulfill({ json: this.page((route.request().postDataJSON() as { filter: MemoryFilter }).filter) }),
    );
    await page.route('**/rpc/timeline.strip', (route) => {
      const bars = Array.from({ length: 10 }, (_, n) => {
        const [from, to] = [`${2016 + n}-01-01T00:00:00Z`, `${2017 + n}-01-01T00:00:00Z`];
        const [first, last] = this.#between(from, to);
        return { from, to, count: last - first };
      });
      return route.fulfill({
        json: { unit: 'year', bars, dated: this.facts, undated: 33_333, total: this.facts + 33_333 },
      });
    });
  }
}
