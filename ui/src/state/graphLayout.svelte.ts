// Places of a graph's nodes, from the worker that lays it out. A new graph begins where the old one stood, so that
// what was there stays where people saw it. Made anew for each picture; `stop` ends its worker.
import type { GraphLink } from '$gen/GraphLink';
import type { GraphNode } from '$gen/GraphNode';
import { radius } from '$lib/graph';
import type { Point } from '$lib/graph';
import type { Request, Response } from '$workers/graph';

export class Layout {
  places: ReadonlyMap<string, Point> = $state.raw(new Map());
  /** Whether everything has come to rest. */
  settled = $state(false);
  #worker: Worker | undefined;
  #id = 0;
  #keys: string[] = [];

  /** Lays out. `still` tells only where everything comes to rest. */
  lay(nodes: readonly GraphNode[], links: readonly GraphLink[], middle: string | null, still: boolean) {
    this.settled = false;
    this.#id += 1;
    this.#keys = nodes.map((node) => node.key);
    this.#worker ??= this.#begin();
    this.#worker.postMessage({
      id: this.#id,
      nodes: nodes.map((node) => ({
        key: node.key,
        radius: radius(node),
        ...this.#start(node.key, links),
        ...(node.key === middle ? { fixed: true } : {}),
      })),
      links: links.map(({ source, target, parts }) => ({
        source,
        target,
        weight: Math.max(...parts.map((part) => Math.min(1, part.weight ?? 0.5))),
      })),
      still,
    } satisfies Request);
  }

  /** Where a node begins: where it stands, else beside a neighbour that stands somewhere, else the layout's choice. */
  #start(key: string, links: readonly GraphLink[]): Partial<Point> {
    const own = this.places.get(key);
    if (own) return { x: own.x, y: own.y };
    if (this.places.size === 0) return {};
    const link = links.find(({ source, target }) => source === key || target === key);
    const beside = link && this.places.get(link.source === key ? link.target : link.source);
    if (!beside) return {};
    // Not all on one spot: forces between nodes of one place have no direction.
    const turn = this.#keys.indexOf(key) * 2.4;
    return { x: beside.x + 30 * Math.cos(turn), y: beside.y + 30 * Math.sin(turn) };
  }

  #begin(): Worker {
    const worker = new Worker(new URL('../workers/graph.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Response>) => {
      if (data.id !== this.#id) return;
      this.places = new Map(
        this.#keys.map((key, index) => [
          key,
          { x: data.places[index * 2] ?? 0, y: data.places[index * 2 + 1] ?? 0 },
        ]),
      );
      this.settled = data.settled;
    });
    return worker;
  }

  stop() {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
