// The list of banks: which are shown, in which order, and what is said about their state. Pure.
import type { BankRow } from '$gen/BankRow';
import type { BankStats } from '$gen/BankStats';
import type { ServerView } from '$gen/ServerView';
import type { Error as AppError } from '$gen/Error';
import { count } from './format';

export type SortKey = 'name' | 'id' | 'facts' | 'documents' | 'links' | 'lastWrite' | 'state';

export interface Sort {
  key: SortKey;
  down: boolean;
}

/** What a server answered. */
export interface Answered {
  server: ServerView;
  rows: readonly BankRow[] | null;
  total: number;
  error: AppError | null;
}

export type ListLine =
  | {
      kind: 'server';
      key: string;
      server: ServerView;
      shown: number;
      total: number | null;
      error: AppError | null;
    }
  | { kind: 'bank'; key: string; server: ServerView; bank: BankRow }
  | { kind: 'waiting'; key: string }
  | { kind: 'none'; key: string; server: ServerView; searched: boolean };

export const keyOf = (serverId: string, bankId: string): string => `${serverId}\n${bankId}`;

/** The bank that new chats on a server use when nobody says another. */
export const defaultOf = (server: ServerView): string => server.config.defaultBank ?? 'default';

/** Whether a bank is one that was searched for: every word is in its name or id. */
export function fits(bank: BankRow, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${bank.name}\n${bank.id}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export type Tone = 'bad' | 'busy' | 'idle';

/** How a bank is: failed things first, then what goes on. */
export function stateOf(stats: BankStats): { tone: Tone; words: string } {
  const failed = [
    stats.failedOperations ? `${count(stats.failedOperations, 'operation')} failed` : '',
    stats.failedConsolidation ? `${count(stats.failedConsolidation, 'fact')} not consolidated` : '',
  ].filter(Boolean);
  const waiting = stats.pendingConsolidation ?? 0;
  const operations = stats.pendingOperations ?? 0;
  if (failed.length > 0) return { tone: 'bad', words: failed.join(', ') };
  if (operations > 0) return { tone: 'busy', words: `${count(operations, 'operation')} pending` };
  if (waiting > 0) return { tone: 'busy', words: `${count(waiting, 'fact')} to consolidate` };
  return { tone: 'idle', words: 'idle' };
}

const RANK: Record<Tone, number> = { bad: 2, busy: 1, idle: 0 };
const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Banks in order. What is not known stands last, whichever way the order goes. */
export function sorted(
  rows: readonly BankRow[],
  sort: Sort,
  statsOf: (bank: BankRow) => BankStats | undefined,
): BankRow[] {
  const value = (bank: BankRow): string | number | null => {
    const stats = statsOf(bank);
    switch (sort.key) {
      case 'name':
        return bank.name;
      case 'id':
        return bank.id;
      case 'facts':
        return bank.facts;
      case 'documents':
        return stats?.totalDocuments ?? null;
      case 'links':
        return stats?.totalLinks ?? null;
      case 'lastWrite':
        return bank.lastWriteAt === null ? null : Date.parse(bank.lastWriteAt) || null;
      case 'state':
        return stats === undefined ? null : RANK[stateOf(stats).tone];
    }
  };
  const way = sort.down ? -1 : 1;
  return rows
    .map((bank) => ({ bank, at: value(bank) }))
    .sort((a, b) => {
      if (a.at === null || b.at === null) return Number(a.at === null) - Number(b.at === null);
      if (typeof a.at === 'string' && typeof b.at === 'string') return way * names.compare(a.at, b.at);
      return way * (Number(a.at) - Number(b.at));
    })
    .map(({ bank }) => bank);
}

/** The lines of the list: each server with its banks, or with why it has none. */
export function linesOf(
  answers: readonly Answered[],
  search: string,
  sort: Sort,
  statsOf: (serverId: string, bank: BankRow) => BankStats | undefined,
): ListLine[] {
  return answers.flatMap(({ server, rows, total, error }) => {
    const id = server.config.id;
    const found = rows?.filter((bank) => fits(bank, search)) ?? [];
    const lines: ListLine[] = [
      { kind: 'server', key: `s\n${id}`, server, shown: found.length, total: rows ? total : null, error },
    ];
    if (rows === null) return error ? lines : [...lines, { kind: 'waiting', key: `w\n${id}` }];
    if (found.length === 0)
      lines.push({ kind: 'none', key: `n\n${id}`, server, searched: search.trim() !== '' });
    for (const bank of sorted(found, sort, (bank) => statsOf(id, bank))) {
      lines.push({ kind: 'bank', key: keyOf(id, bank.id), server, bank });
    }
    return lines;
  });
}
