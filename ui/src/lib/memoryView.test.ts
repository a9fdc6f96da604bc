import { expect, it } from 'vitest';
import { NO_WISHES } from './memoryColumns';
import { NO_FILTERS, USUAL_SORT } from './memoryFilter';
import { readScope, readView, writeView } from './memoryView';
import type { MemoryView } from './memoryView';

const view: MemoryView = {
  filters: {
    ...NO_FILTERS,
    text: 'tea',
    tags: ['a', '<b>'],
    tagsMatch: 'exact',
    entity: { id: 'e', name: 'Ana' },
    clock: 'created_at',
    from: '2026-01-01',
    state: 'invalidated',
  },
  sort: { by: 'evidence', up: true },
  columns: { hidden: ['tags'], shown: ['changed'], widths: { entities: 200 } },
};

it('a view is read as it was written', () => {
  expect(readView(writeView(view))).toEqual(view);
  expect(readScope(writeView(view, { serverId: 's', bankId: 'b/ö' }))).toEqual({
    serverId: 's',
    bankId: 'b/ö',
  });
  expect(readScope(writeView(view, 'all'))).toBe('all');
  expect(readScope(writeView(view))).toBeNull();
});

it('what does not fit is the usual, whoever wrote it', () => {
  const usual = { filters: NO_FILTERS, sort: USUAL_SORT, columns: NO_WISHES };
  for (const wrong of [null, 7, 'x', [], { filters: 7, sort: [], columns: null }]) {
    expect(readView(wrong)).toEqual(usual);
    expect(readScope(wrong)).toBeNull();
  }
  const lies = {
    filters: { text: 3, type: 'opinion', tags: [1, 'a'], from: 'yesterday', entity: 'Ana', clock: 'x' },
    sort: { by: '__proto__', up: 'yes' },
    columns: { hidden: ['x', 'tags'], widths: { tags: 'wide', x: 5, entities: 77 } },
  };
  expect(readView(lies)).toEqual({
    filters: { ...NO_FILTERS, tags: ['a'] },
    sort: USUAL_SORT,
    columns: { hidden: ['tags'], shown: [], widths: { entities: 77 } },
  });
});
