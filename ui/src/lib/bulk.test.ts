import { describe, expect, it } from 'vitest';
import type { MemoryRow, Selection } from '$state/memories.svelte';
import { BLANK, editOf, groupsOf, labelOf } from './bulk';

const row = (bankId: string, id: string) => ({ serverId: 's', bankId, id }) as MemoryRow;
const some = (...rows: MemoryRow[]): Selection => ({
  kind: 'some',
  rows: new Map(rows.map((one) => [`${one.serverId}\n${one.bankId}\n${one.id}`, one])),
});

describe('editOf', () => {
  it('says nothing of a reason that was not given', () => {
    expect(editOf({ ...BLANK, action: 'retire', reason: '  ' })).toEqual({
      kind: 'patch',
      patch: { state: 'invalidated' },
    });
  });

  it('is no edit while names or days are missing', () => {
    expect(editOf({ ...BLANK, action: 'add' })).toBeNull();
    expect(editOf({ ...BLANK, action: 'shift', days: 0 })).toBeNull();
    expect(editOf({ ...BLANK, action: 'shift', days: -3 })).toEqual({
      kind: 'shift_dates',
      days: -3,
      mentioned: false,
    });
  });

  it('clears the time of mention only when that is meant', () => {
    expect(editOf({ ...BLANK, action: 'clear' })).toEqual({
      kind: 'patch',
      patch: { occurredStart: '', occurredEnd: '' },
    });
    expect(editOf({ ...BLANK, action: 'clear', mentioned: true })).toMatchObject({
      patch: { mentionedAt: '' },
    });
  });
});

describe('labelOf', () => {
  it('names what is done, to how many, and why', () => {
    expect(labelOf({ ...BLANK, action: 'retire', reason: 'moved' }, 20)).toBe('Invalidate 20 facts: moved');
    expect(labelOf({ ...BLANK, action: 'shift', days: -1 }, 1)).toBe('Shift dates of 1 fact by 1 day back');
  });
});

describe('groupsOf', () => {
  it('takes the picked facts bank by bank', () => {
    const groups = groupsOf(some(row('a', '1'), row('b', '2'), row('a', '3')));
    expect(groups.map(({ bankId, which }) => [bankId, which])).toEqual([
      ['a', { ids: ['1', '3'] }],
      ['b', { ids: ['2'] }],
    ]);
  });

  it('takes everything that matches without what was let go of, and no bank of which nothing is left', () => {
    const groups = groupsOf({
      kind: 'all',
      banks: [
        { serverId: 's', bankId: 'a', total: 5 },
        { serverId: 's', bankId: 'b', total: 1 },
      ],
      filter: { q: 'x' },
      except: new Set(['s\na\n1', 's\nb\n9']),
    });
    expect(groups).toEqual([
      { serverId: 's', bankId: 'a', count: 4, which: { filter: { q: 'x' }, except: ['1'] } },
    ]);
  });
});
