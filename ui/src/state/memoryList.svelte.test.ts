// The list of the fact browser over a scripted server of a hundred thousand facts.
import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MemoryFilter } from '$gen/MemoryFilter';
import { Failure } from '$host';
import { answering, asked } from '$host/fake';
import { NO_FILTERS, USUAL_SORT } from '$lib/memoryFilter';
import type { Filters, Scope, Sort } from '$lib/memoryFilter';
import { stock } from '../../tests/fake/memories';
import { stale } from './commands.svelte';
import { memories } from './memories.svelte';
import { MemoryList } from './memoryList.svelte';

const BANK = { serverId: 'embedded', bankId: 'ana' };
const lists = () =>
  asked
    .filter(({ name }) => name === 'memory.list')
    .map(({ request }) => (request as { filter: MemoryFilter }).filter);
const settled = () => new Promise((done) => setTimeout(done, 20));
let list: MemoryList;
let stop: () => void;
let end: () => void;

async function ask(change: { scope?: Scope; filters?: Partial<Filters>; sort?: Sort } = {}) {
  const { scope = BANK, filters = {}, sort = USUAL_SORT } = change;
  memories.look(scope);
  await list.ask(scope, { ...NO_FILTERS, ...filters }, sort);
}
const textAt = (index: number) => list.rowAt(index)?.fact.text.match(/\((\d+)\)$/)?.[1];

beforeEach(() => {
  stock.facts = 100_000;
  asked.length = 0;
  end = $effect.root(() => {
    list = new MemoryList();
  });
  stop = list.follow();
});

afterEach(() => {
  stop();
  end();
  memories.clearSelection();
});

describe('one bank', () => {
  it('shows its first rows after one request, and fetches others when they come into sight', async () => {
    await ask();
    expect(lists()).toEqual([{ limit: 100, offset: 0 }]);
    expect([list.rows, textAt(0), list.rowAt(50_000)]).toEqual([100_000, '99999', null]);
    list.look(50_000, 50_030);
    await settled();
    expect(textAt(50_000)).toBe('49999');
    expect(lists()).toHaveLength(2);
  });

  it('asks for no more than is looked at while somebody races through it', async () => {
    await ask();
    asked.length = 0;
    for (let row = 0; row < 100_000; row += 500) list.look(row, row + 30);
    await settled();
    expect(textAt(99_500)).toBe('499');
    expect(lists().length).toBeLessThan(8);
  });

  it('keeps every row in its place while facts are added, and shows them when asked to', async () => {
    await ask();
    list.look(0, 30);
    list.move(3);
    stock.facts += 12;
    stale(['memories']);
    await settled();
    expect([list.fresh, list.rows, textAt(0), textAt(3)]).toEqual([12, 100_000, '99999', '99996']);
    list.look(50_000, 50_030);
    await settled();
    expect(textAt(50_000)).toBe('49999');
    await list.catchUp();
    expect([list.fresh, list.rows, textAt(0)]).toEqual([0, 100_012, '100011']);
    expect(textAt(list.cursor)).toBe('99996');
  });

  it('is shorter at once when facts went away', async () => {
    await ask();
    list.look(0, 30);
    stock.facts -= 5;
    stale(['memories']);
    await settled();
    expect([list.rows, list.fresh, textAt(0)]).toEqual([99_995, 0, '99994']);
  });

  it('is read from its end when the oldest come first', async () => {
    await ask({ sort: { by: 'mentioned', up: true } });
    expect([textAt(0), textAt(99)]).toEqual(['0', '99']);
    list.look(99_990, 99_999);
    await settled();
    expect(textAt(99_999)).toBe('99999');
  });

  it('is sorted here when all that match are here, and says why not otherwise', async () => {
    stock.facts = 1500;
    await ask({ sort: { by: 'evidence', up: false } });
    expect([list.plan.here, list.rows, list.rowAt(0)?.fact.proofCount]).toEqual([true, 1500, 10]);
    stock.facts = 100_000;
    await ask({ sort: { by: 'evidence', up: false } });
    expect(list.plan.refused).toContain('times only');
    expect(textAt(0)).toBe('99999');
  });

  it('counts what an order by the time it happened leaves out', async () => {
    stock.facts = 5000;
    await ask({ sort: { by: 'occurred', up: false } });
    expect([list.rows, list.leftOut]).toEqual([4000, 1000]);
  });

  it('says n of m under a filter', async () => {
    stock.facts = 600;
    await ask({ filters: { text: 'Rui owes' } });
    await settled();
    expect([list.total, list.all]).toEqual([100, 600]);
  });
});

describe('bad days', () => {
  it('keeps what it had when the server is gone, and goes on when it is back', async () => {
    await ask();
    const gone = () => {
      throw new Failure({
        code: 'network_unreachable',
        message: 'Nobody answers.',
        retryable: true,
      } as never);
    };
    const back = answering({ 'memory.list': gone });
    await ask({ filters: { text: 'tea' } });
    expect([list.trouble?.message, textAt(0), list.asking]).toEqual(['Nobody answers.', '99999', false]);
    back();
    list.retry();
    await vi.waitFor(() => expect(list.asking).toBe(false));
    expect(list.trouble).toBeNull();
  });

  it('drops the answer to a question that is no longer asked', async () => {
    stock.facts = 300;
    const answers = await import('../../tests/fake/memories').then((module) => module.answers);
    const real = answers['memory.list'];
    const back = answering({
      'memory.list': async (request) => {
        if (request.filter.q === 'slow') await new Promise((done) => setTimeout(done, 60));
        return real?.({ ...request, filter: { ...request.filter, q: null } }) as never;
      },
    });
    const slow = ask({ filters: { text: 'slow' } });
    const quick = ask({ filters: { type: 'world' } });
    await Promise.all([slow, quick]);
    await settled();
    expect([list.rows, list.asking]).toEqual([150, false]);
    back();
  });

  it('believes rows more than a total that is missing', async () => {
    stock.facts = 450;
    const answers = await import('../../tests/fake/memories').then((module) => module.answers);
    const real = answers['memory.list'];
    const back = answering({
      'memory.list': async (request) => ({ ...((await real?.(request)) as object), total: null }) as never,
    });
    await ask();
    expect(list.rows).toBeGreaterThan(100);
    list.look(150, 180);
    await settled();
    expect(textAt(150)).toBe('299');
    expect(list.rows).toBeGreaterThan(200);
    back();
  });
});

describe('all banks', () => {
  it('follow one another under headings, which the keyboard passes over', async () => {
    stock.facts = 3;
    await ask({ scope: 'all' });
    await settled();
    flushSync();
    const kinds = Array.from({ length: 9 }, (_, at) => list.place(at)?.kind);
    expect(kinds.slice(0, 5)).toEqual(['heading', 'fact', 'fact', 'fact', 'heading']);
    expect(list.move(0)).toBe(1);
    expect(list.move(4)).toBe(5);
    expect(list.move(4)).toBe(3);
    expect(list.matching.every(({ total }) => total === 3)).toBe(true);
  });
});

describe('the selection', () => {
  it('can be everything that matches, without what is taken out again, and is fetched page by page', async () => {
    stock.facts = 1203;
    await ask();
    memories.selectAll(list.matching);
    expect(memories.selectedCount).toBe(1203);
    const row = list.rowAt(0);
    if (!row) throw new Error('no row');
    memories.toggle(row);
    expect([memories.selectedCount, memories.isSelected(row)]).toEqual([1202, false]);
    const told: number[] = [];
    const found = await memories.selectedFacts({ ontold: (here) => told.push(here) });
    expect(found).toHaveLength(1202);
    expect(found.some(({ id }) => id === row.id)).toBe(false);
    expect(told.at(-1)).toBe(1202);
  });

  it('of picked rows outlives a filter, "everything" does not', async () => {
    await ask();
    memories.select(await list.range(0, 4));
    memories.filter({ text: 'tea' });
    expect(memories.selectedCount).toBe(5);
    memories.selectAll(list.matching);
    memories.filter({ text: '' });
    expect(memories.selectedCount).toBe(0);
  });

  it('of a range fetches the rows between', async () => {
    await ask();
    expect((await list.range(1000, 190)).map(({ id }) => id)).toHaveLength(811);
  });
});
