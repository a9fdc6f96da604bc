import { describe, expect, it } from 'vitest';
import type { BankMove } from '$gen/BankMove';
import { incomplete, leftWords, moveProgress, moveShare, moveTitle } from './moves';

const place = (serverName: string, bankId = 'ana') => ({ serverId: serverName, serverName, bankId });
const move = (more: Partial<BankMove>): BankMove => ({
  id: 'm',
  kind: 'transfer',
  from: place('A'),
  to: place('B'),
  sourceFile: null,
  import: { kind: 'restore', target: 'ana' },
  scope: { data: true, bankConfig: true, history: false },
  state: 'running',
  stage: 'beginning',
  done: 0,
  total: null,
  serverStage: null,
  operation: null,
  file: null,
  counts: {},
  left: [],
  error: null,
  startedAt: '2026-11-27T10:00:00Z',
  endedAt: null,
  ...more,
});

describe('a move', () => {
  it('says what it does from where to where', () => {
    expect(moveTitle(move({}))).toBe('“ana” from A to B');
    expect(moveTitle(move({ to: place('B', 'her') }))).toBe('“ana” from A to B as “her”');
    expect(moveTitle(move({ kind: 'restore', sourceFile: 'a.zip' }))).toBe('a.zip to B as “ana”');
  });

  it('counts bytes while the archive travels and what the server counts else', () => {
    expect(moveProgress(move({ stage: 'fetching', done: 500_000, total: 1_000_000 }))).toMatch(
      /fetching · 500.kB of 1.0.MB/,
    );
    expect(moveProgress(move({ stage: 'importing', done: 3, total: 9, serverStage: 'documents' }))).toBe(
      'importing · documents · 3 of 9',
    );
    expect(moveShare(move({ done: 3, total: 9 }))).toBeCloseTo(1 / 3);
    expect(moveShare(move({ done: 3, total: 0 }))).toBeNull();
  });

  it('offers to delete a bank that is there in part, and never one that was merged into', () => {
    const part = { place: place('B'), what: 'partial', facts: 3 } as const;
    const left = [part];
    expect(incomplete(move({ state: 'failed', left }))).toBe(part);
    const merged = move({
      state: 'failed',
      left,
      import: { kind: 'merge', target: 'ana', conflict: 'skip' },
    });
    expect(incomplete(merged)).toBeNull();
    expect(leftWords(part, merged)).toContain('skipping what is there');
    expect(leftWords(part, move({ left }))).toBe('B: “ana” is there with 3 facts, perhaps not all of it.');
  });
});
