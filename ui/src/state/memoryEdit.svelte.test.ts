// Changing one memory through the journal: what is sent, what takes it back, what is said when it did not come to be.
import { afterEach, expect, it } from 'vitest';
import type { Fact } from '$gen/Fact';
import type { FactChanged } from '$gen/FactChanged';
import type { RunView } from '$gen/RunView';
import { answering, asked } from '../host/fake';
import { answers } from '../../tests/fake/memoryDetail';
import { MemoryEdit, forgetDrafts } from './memoryEdit.svelte';

const REF = { serverId: 's', bankId: 'b', id: 'f' };
let restore = () => {};

afterEach(() => {
  restore();
  restore = () => {};
  forgetDrafts();
  asked.length = 0;
});

const run = (change: Partial<RunView> = {}): RunView => ({
  id: 'r1',
  together: 'r1',
  parts: 1,
  serverId: 's',
  bankId: 'b',
  label: 'Retire 20 facts',
  note: null,
  at: '2026-01-01T00:00:00Z',
  endedAt: null,
  state: 'done',
  back: false,
  total: 1,
  done: 1,
  failed: 0,
  skipped: 0,
  undone: 0,
  conflicts: 0,
  unknown: 0,
  waiting: 0,
  error: null,
  undoable: true,
  resumable: false,
  redoable: false,
  facts: [],
  ...change,
});

async function fact(): Promise<Fact> {
  const whole = await answers['memory.get']?.(REF);
  if (!whole) throw new Error('no memory');
  return whole.fact;
}

function changed(of: RunView): FactChanged {
  const kept = {
    text: 'Before.',
    context: null,
    occurredStart: null,
    occurredEnd: null,
    mentionedAt: null,
    factType: 'world' as const,
    entities: [],
    state: 'valid' as const,
    reason: null,
  };
  const after = { ...kept, state: 'invalidated' as const };
  return {
    run: of,
    change: { place: 0, factId: 'f', state: 'done', why: null, before: kept, after, fields: ['state'] },
  };
}

const sent = (name: string) => asked.filter((one) => one.name === name).map((one) => one.request);

it('one undo of one change takes the run back, and in a bulk run only this memory', async () => {
  restore = answering({ 'run.undo': () => run({ state: 'undone' }), 'memory.change': () => run() });
  const edit = new MemoryEdit(() => REF);
  expect(await edit.undo([changed(run())])).toBe(true);
  expect(sent('run.undo')).toEqual([{ id: 'r1', anyway: false }]);
  expect(await edit.undo([changed(run({ total: 20 }))])).toBe(true);
  expect(sent('run.undo')).toHaveLength(1);
  expect(sent('memory.change')).toEqual([
    {
      serverId: 's',
      bankId: 'b',
      label: 'Take back for 1 fact: Retire 20 facts',
      changes: [{ id: 'f', patch: { state: 'valid' } }],
    },
  ]);
  expect(await edit.undo([])).toBe(false);
});

it('a memory that changed elsewhere is left alone until somebody says anyway', async () => {
  restore = answering({ 'run.undo': ({ anyway }) => run({ conflicts: anyway ? 0 : 1 }) });
  const edit = new MemoryEdit(() => REF);
  expect(await edit.takeBack('r1')).toBe(false);
  expect(edit.conflict?.run.label).toBe('Retire 20 facts');
  expect(await edit.takeBack('r1', true)).toBe(true);
  expect(edit.conflict).toBeNull();
});

it('says which fields a server did not take', async () => {
  const now = await fact();
  restore = answering({ 'memory.change': () => run({ facts: [{ ...now, id: 'f', text: 'New.' }] }) });
  const edit = new MemoryEdit(() => REF);
  edit.begin(now);
  edit.type({ text: 'New.', mentionedAt: '2020' });
  expect(await edit.save(now)).toBe(true);
  expect(edit.ignored).toEqual(['mentioned']);
  expect(edit.draft).toBeNull();
});

it('keeps the draft when the server refuses, and drops one that changes nothing', async () => {
  restore = answering({
    'memory.change': () => {
      throw new Error('refused');
    },
  });
  const now = await fact();
  const edit = new MemoryEdit(() => REF);
  edit.begin(now);
  edit.type({ text: 'New.' });
  expect(await edit.save(now)).toBe(false);
  expect(edit.error).not.toBeNull();
  expect(edit.draft?.text).toBe('New.');
  edit.type({ text: now.text });
  edit.leave(now);
  expect(edit.draft).toBeNull();
});

it('drafts belong to their memory in its bank', async () => {
  const now = await fact();
  const one = new MemoryEdit(() => REF);
  const other = new MemoryEdit(() => ({ ...REF, bankId: 'c' }));
  one.begin(now);
  one.type({ text: 'Half a thought' });
  expect(other.draft).toBeNull();
  expect(new MemoryEdit(() => ({ ...REF })).draft?.text).toBe('Half a thought');
});

it('invalidates with the reason as it was typed, once at a time', async () => {
  let answer: (run: RunView) => void = () => {};
  restore = answering({ 'memory.change': () => new Promise<RunView>((resolve) => (answer = resolve)) });
  const edit = new MemoryEdit(() => REF);
  const first = edit.invalidate('  Out of date ');
  expect(await edit.invalidate('Wrong')).toBe(false);
  answer(run());
  expect(await first).toBe(true);
  expect(sent('memory.change')).toMatchObject([
    {
      label: 'Invalidate 1 fact: Out of date',
      changes: [{ patch: { state: 'invalidated', reason: 'Out of date' } }],
    },
  ]);
});
