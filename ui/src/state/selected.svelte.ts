// The memory that the right pane shows, wherever it was chosen: the fact browser, a chat, the lab, the graph.
export interface MemoryRef {
  serverId: string;
  bankId: string;
  id: string;
}

class Selected {
  /** The memory in the right pane; null closes it. */
  memory: MemoryRef | null = $state.raw(null);

  show(memory: MemoryRef) {
    this.memory = memory;
  }

  clear() {
    this.memory = null;
  }
}

export const selected = new Selected();
