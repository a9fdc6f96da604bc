// The worker that lays graphs out, so that a thousand nodes never hold up the page. It tells places while they settle
// and falls silent when they have. The newest graph is the only one: an older one is left where it is.
import { layout, places } from '$lib/graphLayout';
import type { LayoutLink, LayoutNode } from '$lib/graphLayout';

export interface Request {
  /** Which graph; answers carry it. */
  id: number;
  nodes: LayoutNode[];
  links: LayoutLink[];
  /** Tells only where everything comes to rest. */
  still: boolean;
}

export interface Response {
  id: number;
  places: Float32Array;
  settled: boolean;
}

/** Work between two messages: under two frames, so that a newer graph does not wait. */
const SLICE_MS = 28;

let newest = 0;

function tell(id: number, found: Float32Array, settled: boolean) {
  self.postMessage({ id, places: found, settled } satisfies Response, { transfer: [found.buffer] });
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  newest = data.id;
  const simulation = layout(data.nodes, data.links);
  const work = () => {
    if (data.id !== newest) return;
    const until = performance.now() + SLICE_MS;
    while (simulation.alpha() >= simulation.alphaMin() && performance.now() < until) simulation.tick();
    const settled = simulation.alpha() < simulation.alphaMin();
    if (settled || !data.still) tell(data.id, places(simulation), settled);
    if (!settled) setTimeout(work, 0);
  };
  work();
});
