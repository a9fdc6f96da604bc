// The tree in rows, closed folders, and where a node may go.
import { expect, it } from 'vitest';
import type { KnowledgeNode } from '$gen/KnowledgeNode';
import { pagesIn, places, rows } from './knowledge';

const node = (id: string, kind: 'folder' | 'page', children: KnowledgeNode[] = []): KnowledgeNode => ({
  id,
  kind,
  name: id,
  parentId: null,
  mentalModelId: null,
  managed: false,
  description: null,
  tags: [],
  timestamp: null,
  isStale: null,
  lastRefreshFailedAt: null,
  trigger: null,
  children,
});
const tree = [
  node('z page', 'page'),
  node('b', 'folder', [node('inner', 'folder', [node('deep', 'page')]), node('a page', 'page')]),
];

it('folders come first, each with what is in it', () => {
  expect(rows(tree, new Set()).map((row) => [row.node.id, row.depth])).toEqual([
    ['b', 0],
    ['inner', 1],
    ['deep', 2],
    ['a page', 1],
    ['z page', 0],
  ]);
  expect(rows(tree, new Set(['b'])).map((row) => row.node.id)).toEqual(['b', 'z page']);
});

it('a node that is there twice stands once, and a tree without end ends', () => {
  const twice = node('x', 'page');
  expect(rows([twice, twice], new Set())).toHaveLength(1);
  let deep = node('end', 'page');
  for (let n = 0; n < 200; n += 1) deep = node(`f${n}`, 'folder', [deep]);
  expect(rows([deep], new Set()).length).toBeLessThan(80);
});

it('a folder moves neither into itself nor into what is in it', () => {
  expect(places(tree, 'b')).toEqual([]);
  expect(places(tree, 'z page').map((row) => row.node.id)).toEqual(['b', 'inner']);
});

it('the pages that go with a folder are counted', () => {
  expect(tree.map(pagesIn)).toEqual([1, 2]);
});
