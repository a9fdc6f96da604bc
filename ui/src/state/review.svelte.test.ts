import { toast as sonner } from 'svelte-sonner';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { answering, asked } from '$host/fake';
import { keptPairs, runs } from '../../tests/fake/review';
import { bulk, takenBack, undoLast } from './bulk.svelte';
import { memories } from './memories.svelte';
import type { MemoryRow } from './memories.svelte';
import { review } from './review.svelte';

const bank = { serverId: 'embedded', bankId: 'ana' };
const row = (id: string) => ({ ...bank, id }) as MemoryRow;
const calls = (name: string) => asked.filter((one) => one.name === name).map(({ request }) => request);

beforeEach(() => {
  asked.length = 0;
  runs.length = 0;
  sonner.dismiss();
  keptPairs.length = 0;
});
afterEach(() => {
  memories.clearSelection();
  bulk.close();
});

it('collects decisions, changes nothing before they are applied, and applies them as one run', async () => {
  review.start(bank);
  await vi.waitFor(() => expect(review.status).toBe('done'));
  expect(review.totalOf('near_duplicate')).toBe(1);
  review.decide('near_duplicate', 0, 'right');
  review.takeBack('near_duplicate');
  review.decide('near_duplicate', 0, 'left');
  expect(calls('memory.change')).toEqual([]);
  await review.apply('near_duplicate');
  expect(calls('memory.change')).toEqual([
    {
      ...bank,
      label: 'Near duplicates: invalidate 1 fact',
      changes: [{ id: 'n-2', patch: { state: 'invalidated', reason: 'duplicate of n-1' } }],
    },
  ]);
  expect(review.totalOf('near_duplicate')).toBe(0);
});

it('keeps the decisions when applying them fails', async () => {
  review.start(bank);
  await vi.waitFor(() => expect(review.status).toBe('done'));
  const undo = answering({
    'memory.change': () => {
      throw { code: 'timeout', message: 'It did not answer in time.', retryable: true };
    },
  });
  review.decide('superseded', 0, 'right');
  await review.apply('superseded');
  expect(review.applyError?.code).toBe('timeout');
  expect(review.decided('superseded')).toHaveLength(1);
  undo();
});

it('that both facts are kept is remembered at once and taken back with the decision', async () => {
  review.start(bank);
  await vi.waitFor(() => expect(review.status).toBe('done'));
  review.decide('near_duplicate', 0, 'both');
  await vi.waitFor(() => expect(keptPairs).toHaveLength(1));
  expect(keptPairs[0]).toMatchObject({ one: { id: 'n-1' }, other: { id: 'n-2' } });
  review.takeBack('near_duplicate');
  await vi.waitFor(() => expect(keptPairs).toHaveLength(0));
  // Pressed one after the other without waiting, the last one counts.
  review.decide('near_duplicate', 0, 'both');
  review.takeBack('near_duplicate');
  await vi.waitFor(() => expect(calls('review.forgetPairs')).toHaveLength(2));
  expect(keptPairs).toHaveLength(0);
});

it('a pair that cannot be kept is undecided again, with the reason', async () => {
  review.start(bank);
  await vi.waitFor(() => expect(review.status).toBe('done'));
  const undo = answering({
    'review.keepPair': () => {
      throw { code: 'conflict', message: 'One of the two facts was changed.', retryable: false };
    },
  });
  review.decide('near_duplicate', 0, 'both');
  await vi.waitFor(() => expect(review.applyError?.code).toBe('conflict'));
  expect(review.decided('near_duplicate')).toEqual([]);
  undo();
});

it('what was done in several banks is taken back as one', async () => {
  memories.select([row('1'), { ...row('3'), bankId: 'ben' }]);
  bulk.open('retire');
  await bulk.apply();
  expect(runs.map(({ together }) => together)).toEqual([runs[1]?.id, runs[1]?.id]);
  expect(undoLast()).toBe(true);
  await vi.waitFor(() => expect(runs.map(({ state }) => state)).toEqual(['undone', 'undone']));
  expect(calls('run.undoTogether')).toEqual([{ id: runs[1]?.id }]);
  expect(undoLast(), 'once').toBe(false);
});

it('what was taken back in the list of changes is offered by no toast and no key any more', async () => {
  memories.select([row('1')]);
  bulk.open('retire');
  await bulk.apply();
  takenBack('some other run');
  expect(sonner.getActiveToasts()).toHaveLength(1);
  takenBack(runs[0]?.id ?? '');
  expect(sonner.getActiveToasts()).toEqual([]);
  expect(undoLast()).toBe(false);
});

it('a bulk action is one run for each bank and ends the selection', async () => {
  memories.select([row('1'), row('2'), { ...row('3'), bankId: 'ben' }]);
  bulk.open('retire');
  if (bulk.input) bulk.input.reason = 'moved';
  await bulk.apply();
  expect(calls('memory.edit')).toEqual([
    {
      ...bank,
      label: 'Invalidate 2 facts: moved',
      edit: { kind: 'patch', patch: { state: 'invalidated', reason: 'moved' } },
      ids: ['1', '2'],
    },
    {
      serverId: 'embedded',
      bankId: 'ben',
      label: 'Invalidate 1 fact: moved',
      edit: { kind: 'patch', patch: { state: 'invalidated', reason: 'moved' } },
      together: runs[1]?.id,
      ids: ['3'],
    },
  ]);
  expect(memories.selectedCount).toBe(0);
  expect(bulk.input).toBeNull();
});

it('sums what an edit would do over the banks, and a later question wins', async () => {
  memories.select([row('1'), { ...row('3'), bankId: 'ben' }]);
  const groups = [
    { ...bank, count: 1, which: { ids: ['1'] } },
    { serverId: 'embedded', bankId: 'ben', count: 1, which: { ids: ['3'] } },
  ];
  const edit = { kind: 'patch' as const, patch: { state: 'valid' as const } };
  const first = bulk.look(groups, edit);
  const second = bulk.look(groups.slice(0, 1), edit);
  await Promise.all([first, second]);
  expect(bulk.preview).toMatchObject({ facts: 1, changes: 1, rebuilt: 2 });
});
