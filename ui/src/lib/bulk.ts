// What can be done with many facts at once: the edits, what a run of them is called, and which facts of which bank they
// are for. Pure; state/bulk.svelte.ts asks and applies.
import type { FactEdit } from '$gen/FactEdit';
import type { MemoryFilter } from '$gen/MemoryFilter';
import type { Selection } from '$state/memories.svelte';
import { count } from './format';

export type BulkAction = 'retire' | 'restore' | 'type' | 'add' | 'remove' | 'shift' | 'clear';

/** What a person filled in for an action. */
export interface BulkInput {
  action: BulkAction;
  reason: string;
  type: 'world' | 'experience';
  names: string[];
  days: number | null;
  /** Whether the time at which it was said is meant too. */
  mentioned: boolean;
}

export const BLANK: Omit<BulkInput, 'action'> = {
  reason: '',
  type: 'world',
  names: [],
  days: null,
  mentioned: false,
};

/** The edit, or null while something is missing. */
export function editOf(input: BulkInput): FactEdit | null {
  const { action, names, days } = input;
  const reason = input.reason.trim();
  switch (action) {
    case 'retire':
      return { kind: 'patch', patch: { state: 'invalidated', ...(reason ? { reason } : {}) } };
    case 'restore':
      return { kind: 'patch', patch: { state: 'valid' } };
    case 'type':
      return { kind: 'patch', patch: { factType: input.type } };
    case 'add':
      return names.length > 0 ? { kind: 'add_entities', names } : null;
    case 'remove':
      return names.length > 0 ? { kind: 'remove_entities', names } : null;
    case 'shift':
      return days ? { kind: 'shift_dates', days, mentioned: input.mentioned } : null;
    case 'clear':
      return {
        kind: 'patch',
        patch: { occurredStart: '', occurredEnd: '', ...(input.mentioned ? { mentionedAt: '' } : {}) },
      };
  }
}

/** What a run is called, in the list of changes and on its toast. */
export function labelOf(input: BulkInput, facts: number): string {
  const n = count(facts, 'fact');
  const reason = input.reason.trim();
  switch (input.action) {
    case 'retire':
      return `Invalidate ${n}${reason ? `: ${reason}` : ''}`;
    case 'restore':
      return `Restore ${n}`;
    case 'type':
      return `Make ${n} ${input.type}`;
    case 'add':
      return `Add ${input.names.join(', ')} to ${n}`;
    case 'remove':
      return `Take ${input.names.join(', ')} off ${n}`;
    case 'shift':
      return `Shift dates of ${n} by ${count(Math.abs(input.days ?? 0), 'day')} ${(input.days ?? 0) < 0 ? 'back' : 'ahead'}`;
    case 'clear':
      return `Clear dates of ${n}`;
  }
}

/** The selected facts of one bank, as a command takes them. */
export interface Group {
  serverId: string;
  bankId: string;
  count: number;
  which: { ids: string[] } | { filter: MemoryFilter; except: string[] };
}

/** The selection bank by bank. */
export function groupsOf(selection: Selection): Group[] {
  if (selection.kind === 'all') {
    const except = [...selection.except].map((key) => key.split('\n') as [string, string, string]);
    return selection.banks
      .map(({ serverId, bankId, total }) => {
        const own = except
          .filter(([server, bank]) => server === serverId && bank === bankId)
          .map(([, , id]) => id);
        return {
          serverId,
          bankId,
          count: Math.max(0, total - own.length),
          which: { filter: selection.filter, except: own },
        };
      })
      .filter((group) => group.count > 0);
  }
  const groups: Group[] = [];
  for (const { serverId, bankId, id } of selection.rows.values()) {
    const group = groups.find((one) => one.serverId === serverId && one.bankId === bankId);
    if (group && 'ids' in group.which) {
      group.which.ids.push(id);
      group.count += 1;
    } else groups.push({ serverId, bankId, count: 1, which: { ids: [id] } });
  }
  return groups;
}
