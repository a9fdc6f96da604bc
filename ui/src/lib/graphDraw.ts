// Draws a graph on a canvas, or anything with the same calls. One frame, nothing that goes on by itself.
import type { GraphLink } from '$gen/GraphLink';
import type { GraphNode } from '$gen/GraphNode';
import { line, radius, toPixel } from './graph';
import type { Point, View } from './graph';

/** Colours of the theme, as the canvas takes them. */
export interface Inks {
  ground: string;
  text: string;
  quiet: string;
  line: string;
  lamp: string;
  focus: string;
  world: string;
  worldBg: string;
  experience: string;
  experienceBg: string;
  observation: string;
  observationBg: string;
  entity: string;
  entityBg: string;
  cause: string;
}

export interface Scene {
  nodes: readonly GraphNode[];
  links: readonly GraphLink[];
  places: ReadonlyMap<string, Point>;
  view: View;
  width: number;
  height: number;
  /** What stands in the middle. */
  middle: string | null;
  /** Under the pointer or at the keyboard: it and its neighbours stay, the rest fades. */
  lit: string | null;
  beside: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether the keyboard is in the picture: then `lit` has a ring. */
  focused: boolean;
  inks: Inks;
}

const FADED = 0.14;
const LABELS = 60; // names drawn in one frame
const LETTERS: Readonly<Record<string, string>> = { world: 'W', experience: 'E', observation: 'O' };

/** How a kind of link looks: ink, dashes, width. Told apart by more than colour. */
export function stroke(kind: string, inks: Inks): { ink: string; dash: number[]; width: number } {
  switch (kind) {
    case 'semantic':
      return { ink: inks.experience, dash: [], width: 1.5 };
    case 'recalled':
      return { ink: inks.experience, dash: [1, 3], width: 1.5 };
    case 'temporal':
      return { ink: inks.world, dash: [6, 4], width: 1.25 };
    case 'caused_by':
      return { ink: inks.cause, dash: [], width: 2 };
    case 'source':
      return { ink: inks.observation, dash: [9, 3], width: 1.5 };
    default:
      return { ink: inks.line, dash: [], width: 1 };
  }
}

export function draw(on: CanvasRenderingContext2D, scene: Scene) {
  const { inks, width, height, lit, beside } = scene;
  on.fillStyle = inks.ground;
  on.fillRect(0, 0, width, height);
  const near = lit === null ? null : (beside.get(lit) ?? new Set<string>());
  const bright = (key: string) => near === null || key === lit || near.has(key);
  drawLinks(on, scene);
  const pixels = new Map<string, Point>();
  for (const node of scene.nodes) {
    const place = scene.places.get(node.key);
    if (!place) continue;
    const pixel = toPixel(scene.view, place);
    const r = radius(node) * scene.view.k;
    if (pixel.x < -r || pixel.y < -r || pixel.x > width + r || pixel.y > height + r) continue;
    pixels.set(node.key, pixel);
    on.globalAlpha = bright(node.key) ? 1 : FADED;
    drawNode(on, node, pixel, r, scene);
  }
  on.globalAlpha = 1;
  drawLabels(on, scene, pixels, bright);
}

function drawLinks(on: CanvasRenderingContext2D, scene: Scene) {
  const { places, view, inks, lit, width, height } = scene;
  on.lineCap = 'round';
  for (const link of scene.links) {
    const [a, b] = [places.get(link.source), places.get(link.target)];
    if (!a || !b) continue;
    const [from, to] = [toPixel(view, a), toPixel(view, b)];
    if (Math.max(from.x, to.x) < 0 || Math.max(from.y, to.y) < 0) continue;
    if (Math.min(from.x, to.x) > width || Math.min(from.y, to.y) > height) continue;
    const touches = lit === null || link.source === lit || link.target === lit;
    const part = link.parts.find(({ kind }) => kind !== 'names') ?? link.parts[0];
    if (!part) continue;
    const { ink, dash, width: thick } = stroke(part.kind, inks);
    on.globalAlpha = touches ? (lit === null ? 0.35 + 0.45 * Math.min(1, part.weight ?? 0.5) : 1) : 0.06;
    on.strokeStyle = ink;
    on.lineWidth = thick * Math.min(1.6, Math.max(0.6, view.k));
    on.setLineDash(dash);
    on.beginPath();
    on.moveTo(from.x, from.y);
    on.lineTo(to.x, to.y);
    on.stroke();
    if (part.kind === 'caused_by') arrow(on, to, from, ink);
  }
  on.setLineDash([]);
  on.globalAlpha = 1;
}

/** A head at half of the way, pointing from the cause to what it caused. */
function arrow(on: CanvasRenderingContext2D, from: Point, to: Point, ink: string) {
  const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  on.fillStyle = ink;
  on.beginPath();
  for (const [index, turn] of [0, 2.5, -2.5].entries()) {
    const point = { x: x + 6 * Math.cos(angle + turn), y: y + 6 * Math.sin(angle + turn) };
    if (index === 0) on.moveTo(point.x, point.y);
    else on.lineTo(point.x, point.y);
  }
  on.fill();
}

function drawNode(on: CanvasRenderingContext2D, node: GraphNode, { x, y }: Point, r: number, scene: Scene) {
  const { inks } = scene;
  const size = Math.max(2, r);
  const type = node.kind === 'entity' ? 'entity' : (node.factType ?? 'entity');
  on.beginPath();
  if (node.kind === 'entity') on.roundRect(x - size, y - size, size * 2, size * 2, Math.min(4, size / 2));
  else on.arc(x, y, size, 0, Math.PI * 2);
  on.fillStyle = inks[`${type}Bg`];
  on.strokeStyle = inks[type];
  on.lineWidth = 1.25;
  on.fill();
  on.stroke();
  if (size >= 4.5 && node.kind === 'fact') {
    on.fillStyle = inks[type];
    on.font = `600 ${Math.round(Math.max(7, Math.min(12, size * 1.15)))}px ${FACE}`;
    on.textAlign = 'center';
    on.textBaseline = 'middle';
    on.fillText(LETTERS[node.factType ?? ''] ?? '?', x, y + 0.5);
  }
  if (node.key === scene.middle) ring(on, x, y, size + 4, inks.lamp, 2);
  if (node.key === scene.lit && scene.focused) ring(on, x, y, size + 7, inks.focus, 2);
}

const FACE = "'Inter Variable', system-ui, sans-serif";

function ring(on: CanvasRenderingContext2D, x: number, y: number, r: number, ink: string, width: number) {
  on.beginPath();
  on.arc(x, y, r, 0, Math.PI * 2);
  on.strokeStyle = ink;
  on.lineWidth = width;
  on.stroke();
}

/** Names, the weightiest first; one that would lie on another is left out. */
function drawLabels(
  on: CanvasRenderingContext2D,
  scene: Scene,
  pixels: ReadonlyMap<string, Point>,
  bright: (key: string) => boolean,
) {
  const { view, inks, lit, middle } = scene;
  const weight = (node: GraphNode): number => {
    if (node.key === lit) return 1e9;
    if (node.key === middle) return 1e8;
    const near = lit !== null && bright(node.key) ? 1e6 : 0;
    return near + (node.kind === 'entity' ? 1000 : 0) + radius(node);
  };
  const few = scene.nodes.length <= 40;
  const wanted = scene.nodes
    .filter((node) => pixels.has(node.key) && bright(node.key))
    .filter((node) => node.kind === 'entity' || few || view.k > 1.1 || lit !== null || node.key === middle)
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, LABELS * 2);
  const taken: { left: number; right: number; top: number; bottom: number }[] = [];
  // What is under a name must not run through it.
  for (const node of scene.nodes) {
    const pixel = pixels.get(node.key);
    if (!pixel) continue;
    const r = radius(node) * view.k * 0.8;
    taken.push({ left: pixel.x - r, right: pixel.x + r, top: pixel.y - r, bottom: pixel.y + r });
  }
  on.textAlign = 'center';
  on.textBaseline = 'top';
  let drawn = 0;
  for (const node of wanted) {
    const pixel = pixels.get(node.key);
    if (!pixel || drawn >= LABELS) continue;
    const entity = node.kind === 'entity';
    on.font = `${entity ? 560 : 400} 11px ${FACE}`;
    const text = line(node, entity ? 24 : 30);
    const half = on.measureText(text).width / 2 + 3;
    const top = pixel.y + Math.max(2, radius(node) * view.k) + 4;
    const box = { left: pixel.x - half, right: pixel.x + half, top, bottom: top + 14 };
    const covered = taken.some(
      (other) =>
        other.left < box.right && box.left < other.right && other.top < box.bottom && box.top < other.bottom,
    );
    if (covered && node.key !== lit) continue;
    taken.push(box);
    drawn += 1;
    on.globalAlpha = 0.82;
    on.fillStyle = inks.ground;
    on.fillRect(box.left, box.top, half * 2, 14);
    on.globalAlpha = 1;
    on.fillStyle = entity || node.key === lit ? inks.text : inks.quiet;
    on.fillText(text, pixel.x, top + 1);
  }
}
