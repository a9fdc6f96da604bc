// The list of banks over all servers: what is searched, how it is sorted, where the keyboard is, which dialog is open,
// and the counts that rows have fetched. Lists come from `bank.list`, counts from `stats.read`.
import { tick } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { COMMANDS } from '$gen/commands';
import type { BankRow } from '$gen/BankRow';
import type { BankStats } from '$gen/BankStats';
import { keyOf, type Answered, type Sort, type SortKey } from '$lib/banks';
import { host } from '$host';
import { openBank, type BankRef } from './bank.svelte';
import { read, stale } from './commands.svelte';
import { forgetMissions } from './missions.svelte';
import { selected } from './selected.svelte';

/** How many servers' counts are asked for at the same time when all are wanted. */
const SIDE_BY_SIDE = 4;
const FIRST_DOWN: readonly SortKey[] = ['facts', 'documents', 'links', 'lastWrite', 'state'];

export interface NamedBank extends BankRef {
  name: string;
}

class Banks {
  search = $state('');
  sort: Sort = $state.raw({ key: 'lastWrite', down: true });
  /** Where the keyboard is in the list: a key of a line. */
  at: string | null = $state(null);
  /** What each server answered, by its id. */
  answers = new SvelteMap<string, Answered>();
  /** How each server is asked again. */
  again = new SvelteMap<string, () => void>();
  /** Counts that are known, by `keyOf`. */
  stats = new SvelteMap<string, BankStats>();

  /** The server in which a bank is being made; '' for the default one. */
  creating: string | null = $state(null);
  /** The server to which an archive is brought; '' for the default one. */
  restoring: string | null = $state(null);
  renaming: NamedBank | null = $state.raw(null);
  deleting: NamedBank | null = $state.raw(null);

  sortBy(key: SortKey) {
    this.sort =
      this.sort.key === key ? { key, down: !this.sort.down } : { key, down: FIRST_DOWN.includes(key) };
  }

  statsOf(serverId: string, bank: BankRow): BankStats | undefined {
    return this.stats.get(keyOf(serverId, bank.id));
  }

  /** Deletes a bank. It leaves the page before anything is asked again, so that nobody asks for what is gone. */
  async delete(ref: BankRef, typed: string): Promise<void> {
    await host.call('bank.delete', { ...ref, typed });
    forgetMissions(ref.serverId, ref.bankId);
    const answer = this.answers.get(ref.serverId);
    if (answer?.rows) {
      const rows = answer.rows.filter((row) => row.id !== ref.bankId);
      this.answers.set(ref.serverId, { ...answer, rows, total: Math.max(0, answer.total - 1) });
    }
    this.stats.delete(keyOf(ref.serverId, ref.bankId));
    if (openBank.ref?.serverId === ref.serverId && openBank.ref.bankId === ref.bankId) openBank.close();
    const shown = selected.memory;
    if (shown?.serverId === ref.serverId && shown.bankId === ref.bankId) selected.clear();
    this.deleting = null;
    await tick();
    stale(COMMANDS['bank.delete'].tags);
  }

  /** Fetches the counts of all banks, for an order that needs them; a bank whose counts fail stays unknown. */
  async fetchAll(signal: AbortSignal): Promise<void> {
    const wanted = [...this.answers.values()].flatMap(({ server, rows }) =>
      (rows ?? [])
        .map((bank) => ({ serverId: server.config.id, bankId: bank.id }))
        .filter(({ serverId, bankId }) => !this.stats.has(keyOf(serverId, bankId))),
    );
    const next = async (): Promise<void> => {
      for (let ref = wanted.shift(); ref && !signal.aborted; ref = wanted.shift()) {
        const stats = await read('stats.read', { ...ref, refresh: false }).catch(() => null);
        if (stats && !signal.aborted) this.stats.set(keyOf(ref.serverId, ref.bankId), stats);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, next));
  }
}

export const banks = new Banks();
