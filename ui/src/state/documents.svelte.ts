// What the tab Documents looks at: what is searched, which tags, the order, the open document, and the pages of the
// list that were loaded. Texts that were edited and not saved stay here until they are saved or discarded.
import { SvelteMap } from 'svelte/reactivity';
import type { Document } from '$gen/Document';
import type { DocumentFilter } from '$gen/DocumentFilter';
import type { Error as AppError } from '$gen/Error';
import { asError, host } from '$host';
import type { Bank } from '$lib/memoryFilter';
import { app } from './app.svelte';
import { memories } from './memories.svelte';

export type DocumentSort = 'created' | 'updated';

class Documents {
  typed = $state('');
  tags: string[] = $state.raw([]);
  sort: DocumentSort = $state('created');
  /** The open document, by id. */
  open: string | null = $state(null);
  /** A chunk of it that is to be shown, by id. */
  chunk: string | null = $state(null);

  /** What a server is asked, without the cut of the page. */
  get filter(): DocumentFilter {
    const q = this.typed.trim();
    return {
      ...(q === '' ? {} : { q }),
      ...(this.tags.length === 0 ? {} : { tags: this.tags, tagsMatch: 'all_strict' as const }),
      ...(this.sort === 'updated' ? { timeField: 'updated_at' as const } : {}),
    };
  }

  choose(id: string | null) {
    this.open = id;
    this.chunk = null;
  }

  /** Opens a document from anywhere in the app, at a chunk when it is known. */
  show(bank: Bank, id: string, chunk: string | null = null) {
    if (memories.bank?.bankId !== bank.bankId || memories.bank.serverId !== bank.serverId)
      memories.look(bank);
    this.open = id;
    this.chunk = chunk;
    memories.tab = 'documents';
    app.openMemories();
  }
}

export const documents = new Documents();

/** A text that was edited and not saved. */
export interface TextDraft {
  text: string;
  /** The hash of the text it was begun with, as the server gave it. */
  hash: string | null;
}

const drafts = new SvelteMap<string, TextDraft>();
const draftKey = ({ serverId, bankId }: Bank, id: string) => `${serverId}\n${bankId}\n${id}`;

export const draftOf = (bank: Bank, id: string): TextDraft | null => drafts.get(draftKey(bank, id)) ?? null;

export function keepDraft(bank: Bank, id: string, draft: TextDraft | null) {
  if (draft) drafts.set(draftKey(bank, id), draft);
  else drafts.delete(draftKey(bank, id));
}

const PAGE = 100;

/** Documents of a bank by their place in the list, loaded page by page. */
export class DocumentRows {
  total: number | null = $state(null);
  /** Whether the server guesses the total. */
  estimate = $state(false);
  rows: ReadonlyMap<number, Document> = $state.raw(new Map());
  error: AppError | null = $state.raw(null);
  #asked = new Set<number>();
  #round = 0;

  /** Begins anew, with the first page; what is shown stays until that is here. */
  begin(bank: Bank, filter: DocumentFilter) {
    this.#round += 1;
    this.#asked.clear();
    this.error = null;
    this.ensure(bank, filter, 0, 0);
  }

  /** Loads what is missing of these rows. */
  ensure(bank: Bank, filter: DocumentFilter, from: number, to: number) {
    for (let page = Math.max(0, Math.floor(from / PAGE)); page * PAGE <= to; page += 1) {
      if (this.#asked.has(page) || (this.total !== null && page > 0 && page * PAGE >= this.total)) continue;
      this.#asked.add(page);
      void this.#load(bank, filter, page);
    }
  }

  async #load(bank: Bank, filter: DocumentFilter, page: number) {
    const round = this.#round;
    try {
      const found = await host.call('document.list', {
        ...bank,
        filter: { ...filter, limit: PAGE, offset: page * PAGE },
      });
      if (round !== this.#round) return;
      const rows = new Map(page === 0 ? [] : this.rows);
      found.items.forEach((document, index) => rows.set(page * PAGE + index, document));
      this.rows = rows;
      this.total = found.total ?? page * PAGE + found.items.length;
      this.estimate = found.totalIsEstimate;
    } catch (thrown) {
      if (round !== this.#round) return;
      this.#asked.delete(page);
      this.error = asError(thrown);
    }
  }
}
