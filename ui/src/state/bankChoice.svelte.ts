// The banks of all memory servers, to choose from: found by typing, the bank written last first. A server that does not
// answer is said beside the others. Called by pickers that go over servers.
import type { BankView } from '$gen/BankView';
import type { Error as AppError } from '$gen/Error';
import type { ServerView } from '$gen/ServerView';
import { asError } from '$host';
import { read } from './commands.svelte';

/** What one server answered. */
export interface ServerBanks {
  serverId: string;
  /** The server's name. */
  name: string;
  banks: readonly BankView[];
  /** How many it has in all; more are found by typing. */
  total: number;
  error: AppError | null;
}

const MOST = 100; // banks of one server in the list

export class BankChoice {
  /** Server by server in the order of the settings, the default server first; null before the first answer. */
  servers: readonly ServerBanks[] | null = $state.raw(null);
  /** Why there are no servers to ask. */
  error: AppError | null = $state.raw(null);
  #asked = 0;

  /** Asks all servers at once; each shows up when it answers. An older question's answers are dropped. */
  async ask(typed = ''): Promise<void> {
    const asked = ++this.#asked;
    const current = () => asked === this.#asked;
    try {
      const { items, defaultId } = await read('server.list', {});
      const first = (server: ServerView) => (server.config.id === defaultId ? 0 : 1);
      const ordered = [...items].sort((a, b) => first(a) - first(b));
      const found = new Map<string, ServerBanks>();
      await Promise.all(
        ordered.map(async (server) => {
          const answer = await banksOf(server, typed.trim());
          if (!current()) return;
          found.set(server.config.id, answer);
          this.servers = ordered.flatMap(({ config }) => found.get(config.id) ?? []);
        }),
      );
      if (!current()) return;
      this.servers = ordered.flatMap(({ config }) => found.get(config.id) ?? []);
      this.error = null;
    } catch (thrown) {
      if (current()) this.error = asError(thrown);
    }
  }

  /** The bank that a view begins with: of the first server that has any, its default one, else the one written last. */
  async usual(): Promise<{ serverId: string; bankId: string } | null> {
    const first = this.servers?.find((server) => server.banks.length > 0);
    if (first === undefined) return null;
    const { items } = await read('server.list', {});
    const usual = items.find((server) => server.config.id === first.serverId)?.config.defaultBank;
    const bank = first.banks.find((one) => one.id === usual) ?? first.banks[0];
    return bank ? { serverId: first.serverId, bankId: bank.id } : null;
  }
}

async function banksOf(server: ServerView, typed: string): Promise<ServerBanks> {
  const { id: serverId, name } = server.config;
  try {
    const q = typed === '' ? null : typed;
    const page = await read('server.banks', { serverId, q, limit: MOST, offset: 0 });
    return { serverId, name, banks: page.items, total: page.total, error: null };
  } catch (thrown) {
    return { serverId, name, banks: [], total: 0, error: asError(thrown) };
  }
}
