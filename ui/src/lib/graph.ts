// A graph on the page: several answers joined, link kinds switched, what is drawn counted, who stands beside whom,
// and the arithmetic of looking at it. Pure; drawing is in graphDraw.ts, the layout in graphLayout.ts.
import type { Graph } from '$gen/Graph';
import type { GraphLink } from '$gen/GraphLink';
import type { GraphNode } from '$gen/GraphNode';

export interface Point {
  x: number;
  y: number;
}

/** From the layout's plane to pixels: `pixel = plane * k + (x, y)`. */
export interface View extends Point {
  k: number;
}

/** Kinds of links in the order of the switches, with what they say. Unknown kinds come after, by their own name. */
export const LINK_KINDS: Readonly<Record<string, { label: string; hint: string }>> = {
  names: { label: 'Names', hint: 'A fact names an entity' },
  semantic: { label: 'Meaning', hint: 'Two facts mean much the same' },
  recalled: { label: 'Recalled', hint: 'Recall finds one with the text of the other' },
  temporal: { label: 'Time', hint: 'Said within a day of each other' },
  caused_by: { label: 'Cause', hint: 'One led to the other' },
  source: { label: 'Source', hint: 'An observation was made of a fact' },
  together: { label: 'Together', hint: 'Two entities stand together in facts' },
};

export const kindLabel = (kind: string): string =>
  LINK_KINDS[kind]?.label ?? (kind === '' ? 'Other' : kind.replaceAll('_', ' '));

/** Joins answers: each node and each pair once, notes once. The totals are the largest that was told. */
export function joined(graphs: readonly Graph[]): Graph {
  const nodes = new Map<string, GraphNode>();
  const links = new Map<string, GraphLink>();
  const notes = new Set<string>();
  let [merged, loops] = [0, 0];
  let totalNodes: number | null = null;
  let totalLinks: number | null = null;
  for (const graph of graphs) {
    for (const node of graph.nodes) {
      const known = nodes.get(node.key);
      if (!known || known.evidence < node.evidence) nodes.set(node.key, node);
    }
    for (const link of graph.links) {
      const back = links.get(`${link.target} ${link.source}`);
      const key = back ? `${link.target} ${link.source}` : `${link.source} ${link.target}`;
      const known = back ?? links.get(key);
      if (!known) {
        links.set(key, link);
        continue;
      }
      const parts = new Map(known.parts.map((part) => [part.kind, part]));
      for (const part of link.parts) if (!parts.has(part.kind)) parts.set(part.kind, part);
      links.set(key, { ...known, parts: [...parts.values()] });
    }
    for (const note of graph.notes) notes.add(note);
    merged += graph.merged;
    loops += graph.loops;
    if (graph.totalNodes !== null) totalNodes = Math.max(totalNodes ?? 0, graph.totalNodes);
    if (graph.totalLinks !== null) totalLinks = (totalLinks ?? 0) + graph.totalLinks;
  }
  const shown = { nodes: [...nodes.values()], links: [...links.values()] };
  return {
    ...shown,
    totalNodes: totalNodes === null ? null : Math.max(totalNodes, shown.nodes.length),
    totalLinks: totalLinks === null ? null : Math.max(totalLinks, shown.links.length),
    merged,
    loops,
    notes: [...notes],
  };
}

/** How many links there are of each kind, in the order of the switches. */
export function kindsOf(graph: Graph): { kind: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const link of graph.links)
    for (const { kind } of link.parts) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const known = Object.keys(LINK_KINDS);
  const place = (kind: string) => (known.includes(kind) ? known.indexOf(kind) : known.length);
  return [...counts]
    .map(([kind, count]) => ({ kind, count }))
    .sort((a, b) => place(a.kind) - place(b.kind) || a.kind.localeCompare(b.kind));
}

/** What is drawn: links of a kind that is on, and all nodes. */
export function drawn(graph: Graph, off: ReadonlySet<string>): GraphLink[] {
  if (off.size === 0) return graph.links;
  return graph.links.flatMap((link) => {
    const parts = link.parts.filter((part) => !off.has(part.kind));
    return parts.length === 0 ? [] : [{ ...link, parts }];
  });
}

/** Who stands beside whom, by key. */
export function besides(links: readonly GraphLink[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const add = (a: string, b: string) => {
    const set = found.get(a);
    if (set) set.add(b);
    else found.set(a, new Set([b]));
  };
  for (const { source, target } of links) {
    add(source, target);
    add(target, source);
  }
  return found;
}

/** Half the width of a node in the plane: grows with evidence, and never hides its neighbours. */
export function radius(node: GraphNode): number {
  const grown = Math.log2(1 + Math.max(0, node.evidence));
  return node.kind === 'entity' ? 7 + Math.min(9, grown) : 7 + Math.min(6, grown);
}

/** The view that shows all points with room around them; not nearer than life size. */
export function fit(points: Iterable<Point>, width: number, height: number, room = 48): View {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  if (left > right) return { k: 1, x: width / 2, y: height / 2 };
  const k = Math.min(
    1.4,
    Math.max(1, width - 2 * room) / Math.max(1, right - left),
    Math.max(1, height - 2 * room) / Math.max(1, bottom - top),
  );
  return { k, x: width / 2 - (k * (left + right)) / 2, y: height / 2 - (k * (top + bottom)) / 2 };
}

const [LEAST, MOST] = [0.05, 8];

/** Zooms about a pixel, which stays where it is. */
export function zoomed(view: View, by: number, about: Point): View {
  const k = Math.min(MOST, Math.max(LEAST, view.k * by));
  const grown = k / view.k;
  return { k, x: about.x - (about.x - view.x) * grown, y: about.y - (about.y - view.y) * grown };
}

export const toPixel = (view: View, { x, y }: Point): Point => ({
  x: x * view.k + view.x,
  y: y * view.k + view.y,
});

/** The node under a pixel, the nearest when several are; small ones can be hit from a little outside. */
export function hit(
  nodes: readonly GraphNode[],
  places: ReadonlyMap<string, Point>,
  view: View,
  at: Point,
): GraphNode | null {
  let best: GraphNode | null = null;
  let least = Infinity;
  for (const node of nodes) {
    const place = places.get(node.key);
    if (!place) continue;
    const pixel = toPixel(view, place);
    const away = Math.hypot(pixel.x - at.x, pixel.y - at.y);
    if (away <= Math.max(8, radius(node) * view.k + 2) && away < least) {
      best = node;
      least = away;
    }
  }
  return best;
}

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowRight: { x: 1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowDown: { x: 0, y: 1 },
  ArrowUp: { x: 0, y: -1 },
};

/**
 * Where an arrow key goes from a node: to the linked node that lies most in that direction, else to the nearest node
 * of all that lies there. Null when nothing does.
 */
export function step(
  key: string,
  from: string,
  places: ReadonlyMap<string, Point>,
  beside: ReadonlyMap<string, ReadonlySet<string>>,
): string | null {
  const way = ARROWS[key];
  const here = places.get(from);
  if (!way || !here) return null;
  const best = (keys: Iterable<string>): string | null => {
    let found: string | null = null;
    let least = Infinity;
    for (const other of keys) {
      const there = places.get(other);
      if (!there || other === from) continue;
      const [dx, dy] = [there.x - here.x, there.y - here.y];
      const along = dx * way.x + dy * way.y;
      const away = Math.hypot(dx, dy);
      // Within 60 degrees of the arrow; the more aside, the farther it counts.
      if (along <= 0 || along < away * 0.5) continue;
      const cost = away * (2 - along / away);
      if (cost < least) [found, least] = [other, cost];
    }
    return found;
  };
  return best(beside.get(from) ?? []) ?? best(places.keys());
}

/** A node in one line, for labels and for screen readers. */
export function line(node: GraphNode, chars: number): string {
  const text = node.text.replaceAll(/\s+/g, ' ').trim() || '(empty)';
  const letters = [...text.slice(0, chars * 2)];
  return letters.length <= chars ? letters.join('') : `${letters.slice(0, chars - 1).join('')}…`;
}
