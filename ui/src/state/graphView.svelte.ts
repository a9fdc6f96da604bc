// What the tab Graph looks at: how much of the bank, what stands in the middle, what was expanded, which kinds of
// links are off. No data lives here.
import type { GraphAround } from '$gen/GraphAround';
import type { Bank } from '$lib/memoryFilter';
import { app } from './app.svelte';
import { memories } from './memories.svelte';

export type GraphMode = 'around' | 'facts' | 'entities';

const same = (a: GraphAround, b: GraphAround) => a.kind === b.kind && a.id === b.id;

class GraphView {
  mode: GraphMode = $state('around');
  /** What stands in the middle; null until something was chosen. */
  middle: GraphAround | null = $state.raw(null);
  /** Nodes whose neighbours were asked for as well. */
  expanded: readonly GraphAround[] = $state.raw([]);
  /** Kinds of links that are switched off. */
  off: ReadonlySet<string> = $state.raw(new Set());
  /** Facts, or pairs of entities, at most. */
  limit = $state(200);
  table = $state(false);

  /** Puts a node in the middle. */
  put(node: GraphAround) {
    this.mode = 'around';
    this.middle = node;
    this.expanded = [];
  }

  /** Adds the neighbours of a node to what is around the middle. */
  expand(node: GraphAround) {
    if (this.mode !== 'around' || this.middle === null) {
      this.put(node);
      return;
    }
    if (same(node, this.middle) || this.expanded.some((one) => same(one, node))) return;
    this.expanded = [...this.expanded, node];
  }

  isOpen(node: GraphAround): boolean {
    if (this.mode !== 'around') return false;
    return (this.middle !== null && same(node, this.middle)) || this.expanded.some((one) => same(one, node));
  }

  toggle(kind: string) {
    const off = new Set(this.off);
    if (!off.delete(kind)) off.add(kind);
    this.off = off;
  }

  /** Forgets nodes of another bank. */
  leave() {
    this.middle = null;
    this.expanded = [];
  }

  /** Opens the graph around a node from anywhere in the app. */
  open(bank: Bank, node: GraphAround) {
    if (memories.bank?.bankId !== bank.bankId || memories.bank.serverId !== bank.serverId)
      memories.look(bank);
    this.put(node);
    this.table = false;
    memories.tab = 'graph';
    app.openMemories();
  }
}

export const graphView = new GraphView();
