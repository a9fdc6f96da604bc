// What the tab Injections looks at, and the turns of the history that were loaded, page after page. No drawing here.
import type { Error as AppError } from '$gen/Error';
import type { InjectionSort } from '$gen/InjectionSort';
import type { InjectionView } from '$gen/InjectionView';
import type { TurnFilter } from '$gen/TurnFilter';
import { asError, host } from '$host';
import { EMPTY_FORM } from '$lib/injections';
import type { Form } from '$lib/injections';
import { app } from './app.svelte';
import { memories } from './memories.svelte';
import { panes } from './panes.svelte';
import { selected } from './selected.svelte';

export type InjectionPart = 'turns' | 'unechoed' | 'uninfluential';

class Injections {
  part: InjectionPart = $state('turns');
  form: Form = $state.raw(EMPTY_FORM);
  sort: InjectionSort = $state('newest');
  /** A memory that was injected so often may be told as noise. */
  shown = $state(5);

  set(change: Partial<Form>) {
    this.form = { ...this.form, ...change };
  }

  /** Opens the history of all banks, from anywhere in the app. */
  open() {
    memories.look('all');
    selected.clear();
    memories.tab = 'injections';
    app.openMemories();
  }

  /** Lists the turns in which a memory was injected. */
  turnsOf(memoryId: string) {
    this.form = { ...EMPTY_FORM, text: `id:${memoryId}` };
    this.part = 'turns';
  }
}

export const injections = new Injections();

/** Opens the chat at a turn, with its panel. */
export function openTurn({ turn }: InjectionView) {
  app.openChat(turn.chatId, turn.answerId);
  app.selectedTurnId = turn.id;
  panes.open('right', true);
}

const PAGE = 100;

/** The turns that match, as far as they were loaded. */
export class InjectionRows {
  items: readonly InjectionView[] = $state.raw([]);
  /** How many match; null before the first answer. */
  total: number | null = $state(null);
  /** How many there are without the filter. */
  all = $state(0);
  /** Parts of older records that are not searched yet. */
  left = $state(0);
  asking = $state(false);
  error: AppError | null = $state.raw(null);
  #filter: TurnFilter = {};
  #sort: InjectionSort = 'newest';
  #round = 0;

  /** Begins anew. What is shown stays until the first page is here. */
  async begin(filter: TurnFilter, sort: InjectionSort): Promise<void> {
    this.#filter = filter;
    this.#sort = sort;
    await this.#load(null);
  }

  /** Loads the next page, if there is one and none is coming. */
  async more(): Promise<void> {
    const last = this.items.at(-1);
    if (this.asking || this.error !== null || !last || this.items.length >= (this.total ?? 0)) return;
    await this.#load(last.turn.id);
  }

  async retry(): Promise<void> {
    await this.#load(null);
  }

  async #load(after: string | null): Promise<void> {
    const round = ++this.#round;
    this.asking = true;
    this.error = null;
    try {
      const page = await host.call('injection.list', {
        filter: this.#filter,
        sort: this.#sort,
        after,
        // What was loaded before is asked for again, so that the list does not shrink under the reader.
        limit: after === null ? Math.min(200, Math.max(PAGE, this.items.length)) : PAGE,
      });
      if (round !== this.#round) return;
      this.items = after === null ? page.items : [...this.items, ...page.items];
      this.total = page.total;
      this.all = page.all;
      this.left = page.left;
    } catch (thrown) {
      if (round === this.#round) this.error = asError(thrown);
    } finally {
      if (round === this.#round) this.asking = false;
    }
  }
}
