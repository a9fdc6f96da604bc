import { describe, expect, it } from 'vitest';
import type { BankRow } from '$gen/BankRow';
import type { BankStats } from '$gen/BankStats';
import type { ServerView } from '$gen/ServerView';
import { fits, linesOf, sorted, stateOf } from './banks';

const bank = (id: string, more: Partial<BankRow> = {}): BankRow => ({
  id,
  name: id,
  alias: null,
  facts: null,
  createdAt: null,
  lastWriteAt: null,
  ...more,
});
const server = (id: string): ServerView =>
  ({ config: { id, name: id, baseUrl: '', defaultBank: null, settings: {} } }) as unknown as ServerView;
const stats = (more: Partial<BankStats>): BankStats => more as BankStats;

describe('the list of banks', () => {
  it('finds a bank by every word in its name or id, whatever the case', () => {
    expect(fits(bank('user-1', { name: 'Ana Berlin' }), 'berlin USER')).toBe(true);
    expect(fits(bank('user-1', { name: 'Ana Berlin' }), 'ana paris')).toBe(false);
    expect(fits(bank('x'), '  ')).toBe(true);
  });

  it('sorts numbers in names as people count and leaves what is not known at the end both ways', () => {
    const rows = [bank('b10'), bank('B2', { facts: 5 }), bank('a', { facts: 50 })];
    const ids = (key: 'name' | 'facts', down: boolean) =>
      sorted(rows, { key, down }, () => undefined).map(({ id }) => id);
    expect(ids('name', false)).toEqual(['a', 'B2', 'b10']);
    expect(ids('facts', false)).toEqual(['B2', 'a', 'b10']);
    expect(ids('facts', true)).toEqual(['a', 'B2', 'b10']);
  });

  it('tells failures before what goes on, and idle only when nothing does', () => {
    expect(stateOf(stats({ failedOperations: 1, pendingOperations: 4 })).words).toBe('1 operation failed');
    expect(stateOf(stats({ pendingOperations: 2, pendingConsolidation: 9 })).words).toBe(
      '2 operations pending',
    );
    expect(stateOf(stats({ pendingConsolidation: 1 })).words).toBe('1 fact to consolidate');
    expect(stateOf(stats({})).tone).toBe('idle');
  });

  it('shows a dead server with its error and every other with its banks', () => {
    const error = { code: 'networkUnreachable', message: 'gone', retryable: true } as const;
    const lines = linesOf(
      [
        { server: server('a'), rows: null, total: 0, error },
        { server: server('b'), rows: [bank('x')], total: 1, error: null },
        { server: server('c'), rows: null, total: 0, error: null },
        { server: server('d'), rows: [], total: 0, error: null },
      ],
      '',
      { key: 'name', down: false },
      () => undefined,
    );
    expect(lines.map(({ kind }) => kind)).toEqual([
      'server',
      'server',
      'bank',
      'server',
      'waiting',
      'server',
      'none',
    ]);
    expect(lines[0]).toMatchObject({ kind: 'server', error });
  });

  it('sorts ten thousand banks without a pause that one would see', () => {
    const rows = Array.from({ length: 10_000 }, (_, at) => bank(`bank-${(at * 7919) % 10_000}`));
    const began = performance.now();
    sorted(rows, { key: 'name', down: false }, () => undefined);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
