import { expect, test } from 'vitest';
import type { Graph } from '$gen/Graph';
import type { GraphLink } from '$gen/GraphLink';
import type { GraphNode } from '$gen/GraphNode';
import { besides, drawn, fit, hit, joined, kindsOf, line, radius, step, toPixel, zoomed } from './graph';
import { layout, places } from './graphLayout';

const node = (key: string, more: Partial<GraphNode> = {}): GraphNode => ({
  key,
  kind: 'fact',
  id: key,
  text: key,
  factType: 'world',
  date: null,
  happened: false,
  documentId: null,
  evidence: 0,
  ...more,
});
const link = (source: string, target: string, ...kinds: string[]): GraphLink => ({
  source,
  target,
  parts: kinds.map((kind) => ({ kind, weight: 0.5, count: 1 })),
});
const graph = (nodes: GraphNode[], links: GraphLink[], more: Partial<Graph> = {}): Graph => ({
  nodes,
  links,
  totalNodes: null,
  totalLinks: null,
  merged: 0,
  loops: 0,
  notes: [],
  ...more,
});

test('joined graphs have each node and each pair once, whichever way round a pair was told', () => {
  const both = joined([
    graph([node('a'), node('b')], [link('a', 'b', 'names')], { totalNodes: 10, notes: ['x'] }),
    graph([node('b', { evidence: 4 }), node('c')], [link('b', 'a', 'semantic'), link('b', 'c', 'names')], {
      totalNodes: 1,
      notes: ['x', 'y'],
    }),
  ]);
  expect(both.nodes.map((one) => `${one.key}${one.evidence}`)).toEqual(['a0', 'b4', 'c0']);
  expect(
    both.links.map((one) => [one.source, one.target, one.parts.map((part) => part.kind).join()]),
  ).toEqual([
    ['a', 'b', 'names,semantic'],
    ['b', 'c', 'names'],
  ]);
  expect([both.totalNodes, both.notes]).toEqual([10, ['x', 'y']]);
});

test('a switch takes a kind out of a link and a link away with its last kind', () => {
  const one = graph(
    [],
    [link('a', 'b', 'names', 'semantic'), link('b', 'c', 'semantic'), link('c', 'd', 'odd_kind')],
  );
  expect(kindsOf(one)).toEqual([
    { kind: 'names', count: 1 },
    { kind: 'semantic', count: 2 },
    { kind: 'odd_kind', count: 1 },
  ]);
  const left = drawn(one, new Set(['semantic']));
  expect(left.map((each) => each.parts.map((part) => part.kind).join())).toEqual(['names', 'odd_kind']);
});

test('all points fit with room around them, and one point is not blown up', () => {
  const points = [
    { x: -500, y: 0 },
    { x: 500, y: 300 },
  ];
  const view = fit(points, 800, 600, 50);
  for (const point of points) {
    const pixel = toPixel(view, point);
    expect(pixel.x).toBeGreaterThanOrEqual(49.9);
    expect(pixel.x).toBeLessThanOrEqual(750.1);
    expect(pixel.y).toBeGreaterThanOrEqual(49.9);
    expect(pixel.y).toBeLessThanOrEqual(550.1);
  }
  expect(fit([{ x: 9, y: 9 }], 800, 600).k).toBeLessThanOrEqual(1.4);
  expect(fit([], 800, 600)).toEqual({ k: 1, x: 400, y: 300 });
});

test('zooming keeps the pixel it zooms about where it is, and has bounds', () => {
  const view = { k: 1, x: 10, y: 20 };
  const about = { x: 110, y: 220 };
  const nearer = zoomed(view, 2, about);
  expect(toPixel(nearer, { x: 100, y: 200 })).toEqual(about);
  expect(zoomed(view, 1e9, about).k).toBe(8);
  expect(zoomed(view, 0, about).k).toBe(0.05);
});

test('the node under the pointer is the nearest, and none is far away', () => {
  const nodes = [node('a'), node('b')];
  const at = new Map([
    ['a', { x: 0, y: 0 }],
    ['b', { x: 10, y: 0 }],
  ]);
  const view = { k: 1, x: 0, y: 0 };
  expect(hit(nodes, at, view, { x: 6, y: 0 })?.key).toBe('b');
  expect(hit(nodes, at, view, { x: 60, y: 0 })).toBeNull();
});

test('an arrow goes to the linked node in its direction, and past the links when none lies there', () => {
  const at = new Map([
    ['m', { x: 0, y: 0 }],
    ['right', { x: 100, y: 20 }],
    ['stranger', { x: 50, y: 0 }],
    ['up', { x: 0, y: -80 }],
  ]);
  const beside = besides([link('m', 'right', 'names')]);
  expect(step('ArrowRight', 'm', at, beside)).toBe('right');
  expect(step('ArrowUp', 'm', at, beside)).toBe('up');
  expect(step('ArrowDown', 'm', at, beside)).toBeNull();
  expect(step('Enter', 'm', at, beside)).toBeNull();
});

test('evidence makes a node larger, and never so large that it hides the rest', () => {
  expect(radius(node('a', { evidence: 9 }))).toBeGreaterThan(radius(node('a')));
  expect(radius(node('a', { evidence: 4e9, kind: 'entity' }))).toBeLessThanOrEqual(16);
});

test('a label is one short line whatever the text is', () => {
  expect(line(node('a', { text: 'a\n b' }), 10)).toBe('a b');
  expect([...line(node('a', { text: '🦜'.repeat(100_000) }), 10)]).toHaveLength(10);
  expect(line(node('a', { text: '' }), 10)).toBe('(empty)');
});

function settled(nodes: string[], links: GraphLink[]) {
  const simulation = layout(
    nodes.map((key) => ({ key, radius: 7 })),
    links.map(({ source, target }) => ({ source, target, weight: 1 })),
  );
  while (simulation.alpha() >= simulation.alphaMin()) simulation.tick();
  const found = places(simulation);
  return (key: string) => ({
    x: found[nodes.indexOf(key) * 2] ?? 0,
    y: found[nodes.indexOf(key) * 2 + 1] ?? 0,
  });
}

test('what is linked stands nearer than what is not, the same every time', () => {
  const nodes = ['a', 'b', 'c', 'd'];
  const links = [link('a', 'b', 'names'), link('c', 'd', 'names')];
  const at = settled(nodes, links);
  const away = (one: string, other: string) => Math.hypot(at(one).x - at(other).x, at(one).y - at(other).y);
  expect(away('a', 'b')).toBeLessThan(away('a', 'c'));
  expect(away('a', 'b')).toBeLessThan(away('b', 'd'));
  expect(settled(nodes, links)('d')).toEqual(at('d'));
});

test('a link into nothing breaks no layout', () => {
  const at = settled(['a'], [link('a', 'gone', 'names')]);
  expect(Number.isFinite(at('a').x)).toBe(true);
});
