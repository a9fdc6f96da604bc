// The memory that the right pane shows, wherever it was chosen: the fact browser, a chat, the lab, the graph.
export interface MemoryRef {
  serverId: string;
  bankId: string;
  id: string;
}

/** The list that a memory was chosen from, so that the pane can go on to the next one. */
export interface Walk {
  /** Shows the next memory of the list, or the one before. */
  step: (by: 1 | -1) => void;
  /** Whether there is one that way. */
  has: (by: 1 | -1) => boolean;
}

class Selected {
  /** The memory in the right pane; null closes it. */
  memory: MemoryRef | null = $state.raw(null);
  /** The list it came from, while that is on the page. */
  walk: Walk | null = $state.raw(null);
  /** The memories that were shown before this one, followed from link to link; the last one last. */
  trail: readonly MemoryRef[] = $state.raw([]);

  /** Goes up whenever somebody wants into the pane and not only to see it. */
  entered = $state(0);

  show(memory: MemoryRef) {
    this.memory = memory;
    this.trail = [];
  }

  /** Shows a memory; asked again for the one that is shown, the pane takes the focus. */
  enter(memory: MemoryRef) {
    const now = this.memory;
    const shown = now?.id === memory.id && now.bankId === memory.bankId && now.serverId === memory.serverId;
    if (shown) this.entered += 1;
    else this.show(memory);
  }

  /** Shows a memory that the one in the pane names; `back` returns. */
  follow(memory: MemoryRef) {
    if (this.memory !== null) this.trail = [...this.trail.slice(-49), this.memory];
    this.memory = memory;
  }

  back() {
    const last = this.trail.at(-1);
    if (last === undefined) return;
    this.trail = this.trail.slice(0, -1);
    this.memory = last;
  }

  clear() {
    this.memory = null;
    this.trail = [];
  }
}

export const selected = new Selected();
