// Where the nodes of a graph stand: what is linked is drawn together, the stronger the nearer; everything else is
// pushed apart. d3-force does the work, the same every time for the same graph. Runs in workers/graph.ts.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from 'd3-force';
import type { Simulation, SimulationNodeDatum } from 'd3-force';

export interface LayoutNode {
  key: string;
  radius: number;
  /** Where it stands already, in a graph that grows. */
  x?: number;
  y?: number;
  /** It stays in the middle. */
  fixed?: boolean;
}

export interface LayoutLink {
  source: string;
  target: string;
  /** 0 to 1. */
  weight: number;
}

interface Body extends SimulationNodeDatum {
  key: string;
  radius: number;
}

const NEAR = 56; // between the rims of two nodes with the strongest link
const FAR = 110; // with the weakest

/** A layout at rest before its first step. Call `tick` until `alpha` is under `alphaMin`. */
export function layout(
  nodes: readonly LayoutNode[],
  links: readonly LayoutLink[],
): Simulation<Body, undefined> {
  const bodies: Body[] = nodes.map(({ key, radius, x, y, fixed }) => ({
    key,
    radius,
    ...(x === undefined || y === undefined ? {} : { x, y }),
    ...(fixed ? { fx: 0, fy: 0 } : {}),
  }));
  const there = new Set(bodies.map((body) => body.key));
  const both = links.filter((link) => there.has(link.source) && there.has(link.target));
  const springs = both.map((link) => ({ source: link.source, target: link.target, weight: link.weight }));
  const spring = forceLink<Body, (typeof springs)[number] & { source: Body | string; target: Body | string }>(
    springs,
  )
    .id((body) => body.key)
    .distance((link) => FAR - (FAR - NEAR) * Math.min(1, Math.max(0, link.weight)));
  return forceSimulation(bodies)
    .alphaDecay(bodies.length > 400 ? 0.035 : 0.023)
    .force('link', spring)
    .force('charge', forceManyBody<Body>().strength(-220).distanceMax(900))
    .force(
      'collide',
      forceCollide<Body>((body) => body.radius + 6),
    )
    .force('x', forceX<Body>(0).strength(0.045))
    .force('y', forceY<Body>(0).strength(0.06))
    .stop();
}

/** Two numbers a node, in the order it was given. */
export function places(simulation: Simulation<Body, undefined>): Float32Array {
  const bodies = simulation.nodes();
  const found = new Float32Array(bodies.length * 2);
  bodies.forEach((body, index) => {
    found[index * 2] = body.x ?? 0;
    found[index * 2 + 1] = body.y ?? 0;
  });
  return found;
}
