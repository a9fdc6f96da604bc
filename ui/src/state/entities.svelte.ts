// What the tab Entities looks at: what is searched, the order, the entity whose facts are shown, the look-alikes that
// are being merged. No data lives here.
import type { EntityOrder } from '$lib/entities';
import type { Bank } from '$lib/memoryFilter';
import { app } from './app.svelte';
import { memories } from './memories.svelte';

class Entities {
  mode: 'all' | 'alike' = $state('all');
  typed = $state('');
  order: EntityOrder = $state.raw({ by: 'mentions', up: false });
  /** The entity whose facts are shown, by id. */
  chosen: string | null = $state(null);

  /** Sorts by a column; the same column again turns the order round. */
  sort(by: EntityOrder['by']) {
    const up = this.order.by === by ? !this.order.up : by === 'name';
    this.order = { by, up };
  }

  /** Opens an entity from anywhere in the app. */
  open(bank: Bank, id: string) {
    if (memories.bank?.bankId !== bank.bankId || memories.bank.serverId !== bank.serverId)
      memories.look(bank);
    this.mode = 'all';
    this.typed = '';
    this.chosen = id;
    memories.tab = 'entities';
    app.openMemories();
  }
}

export const entities = new Entities();
