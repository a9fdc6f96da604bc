// What a turn had and what it would get now, in words. Pure; views/injected/time asks. When a thing happened and when it was
// learned are two clocks: each is named wherever it is shown, and neither is worked out from the other.
import type { Certainty } from '$gen/Certainty';
import type { KnownMemory } from '$gen/KnownMemory';
import type { MemoryNow } from '$gen/MemoryNow';
import type { MemoryThen } from '$gen/MemoryThen';
import type { CameUp } from '$gen/CameUp';
import type { NotAgain } from '$gen/NotAgain';
import type { ThenNowRow } from '$gen/ThenNowRow';
import { ago } from '$lib/format';
import { MEMORY_OFF } from '$lib/record';
import { writeWhen } from '$lib/when';

/** The rows in the groups that the panel shows. */
export interface Beside {
  onlyThen: ThenNowRow[];
  onlyNow: ThenNowRow[];
  /** Both times, in other words. */
  edited: ThenNowRow[];
  /** Both times, as they were. */
  same: ThenNowRow[];
}

/** Their names in the order they stand in: what differs comes first, as it is what was asked for. */
export const GROUPS = [
  { key: 'onlyThen', name: 'Only then' },
  { key: 'onlyNow', name: 'Only now' },
  { key: 'edited', name: 'Both times, in other words' },
  { key: 'same', name: 'Both times, as they were' },
] as const satisfies readonly { key: keyof Beside; name: string }[];

/** What came only then, only now, both times; each in the order of the answer. */
export function beside(rows: readonly ThenNowRow[]): Beside {
  const both = rows.filter((row) => row.had && row.gets);
  return {
    onlyThen: rows.filter((row) => row.had && !row.gets),
    onlyNow: rows.filter((row) => !row.had && row.gets),
    edited: both.filter(isEdited),
    same: both.filter((row) => !isEdited(row)),
  };
}

/** The groups in one line. */
export function sum({ onlyThen, onlyNow, edited, same }: Beside): string {
  const parts = [
    `${onlyThen.length} only then`,
    `${onlyNow.length} only now`,
    `${edited.length} in other words`,
  ];
  return [...parts, `${same.length} as they were`].join(' · ');
}

/** A memory's text then and now, as far as each is known. */
export function texts(of: { then: MemoryThen; now: MemoryNow }): { then: string | null; now: string | null } {
  return {
    then: of.then.kind === 'known' ? of.then.text : null,
    now: of.now.kind === 'known' ? of.now.text : null,
  };
}

/** Whether a memory is known to read otherwise now. */
function isEdited(row: ThenNowRow): boolean {
  const { then, now } = texts(row);
  return then !== null && now !== null && then !== now;
}

/** Where a memory came in an answer: `2`, `2, kept out`, `pinned`. */
export function came(up: CameUp): string {
  const rank = up.rank === null ? 'pinned' : `${up.rank}`;
  return up.place === null ? `${rank}, kept out` : rank;
}

/** What an answer does with a memory: recall returns it, a reflect names it as what it is based on. */
export type Way = 'returned' | 'named';

/** Why a memory is in one of the two answers only, or what else became of it; empty when there is nothing to say. */
export function became(row: ThenNowRow, now: number, way: Way = 'returned'): string {
  const { then: was, now: is } = texts(row);
  if (row.had && !row.gets) {
    switch (row.now.kind) {
      case 'retired': {
        const since = row.now.at === null ? 'invalidated' : `invalidated ${ago(row.now.at, now)}`;
        return row.now.reason ? `${since}: ${row.now.reason}` : since;
      }
      case 'gone':
        return 'gone from the bank';
      case 'not_known':
        return 'what became of it is not known';
      case 'known':
        return was !== is ? `edited since, and not ${way} any more` : `still there, and not ${way} any more`;
    }
  }
  if (!row.had && row.gets) {
    switch (row.then.kind) {
      case 'not_yet':
        return 'learned since';
      case 'retired':
        return 'was invalidated then, and restored since';
      case 'otherwise':
        return `was there in other words, which are not kept, and was not ${way}`;
      case 'not_known':
        return 'whether it was there then is not known';
      case 'known':
        return was !== is ? `was there in other words, and was not ${way}` : `was there, and was not ${way}`;
    }
  }
  if (row.wasId !== null) return 'made anew since, in the same words';
  return was !== null && is !== null && was !== is ? 'edited since' : '';
}

/** What became of a memory that a bank knew, where nothing is said of another answer. */
export function since(memory: Pick<KnownMemory, 'then' | 'now'>, now: number): string {
  switch (memory.then.kind) {
    case 'not_yet':
      return 'not learned yet then';
    case 'retired':
      return 'invalidated then';
    case 'otherwise':
      return 'edited since; its words of then are not kept';
    case 'not_known':
      return 'whether it was known then is not known';
    case 'known':
      break;
  }
  switch (memory.now.kind) {
    case 'retired': {
      const when = memory.now.at === null ? 'invalidated since' : `invalidated ${ago(memory.now.at, now)}`;
      return memory.now.reason ? `${when}: ${memory.now.reason}` : when;
    }
    case 'gone':
      return 'gone since';
    case 'not_known':
      return '';
    case 'known':
      return memory.then.text === memory.now.text ? '' : 'edited since';
  }
}

/** The clock of events. */
export function happened(of: { happenedFrom: string | null; happenedTo: string | null }): string {
  const from = of.happenedFrom ?? of.happenedTo;
  if (from === null) return 'happened: not dated';
  const to = of.happenedTo !== null && of.happenedTo !== from ? ` to ${writeWhen(of.happenedTo, true)}` : '';
  return `happened ${writeWhen(from)}${to}`;
}

/** The clock of learning. A server that does not tell the time may still show on which side of the turn it lies. */
export function learned(of: { learned: string | null; then: MemoryThen }, now: number): string {
  if (of.learned !== null) return `learned ${ago(of.learned, now)}`;
  if (of.then.kind === 'not_yet') return 'learned after this turn, when is not told';
  if (of.then.kind === 'not_known') return 'learned: not known';
  return 'learned before this turn, when is not told';
}

/** How what is told of then came about. */
export const CERTAINTY: Record<Certainty, { word: string; tip: string }> = {
  exact: {
    word: 'exact',
    tip: 'The memory server keeps every version of a memory and told what stood then.',
  },
  reconstructed: {
    word: 'reconstructed',
    tip: 'This memory server keeps no versions of facts. What stood then is put together from what it tells today, from what this app changed itself, and from the record of the turn. What was deleted since cannot be seen, and what somebody else invalidated and restored since looks as if it had counted all along.',
  },
};

/** Why the turn's recall or reflect cannot be asked again. */
export function notAgain(why: NotAgain): string {
  switch (why.kind) {
    case 'not_asked':
      return `This turn did not ask memory: ${MEMORY_OFF[why.why]}. There is nothing to ask again.`;
    case 'reflected':
      return 'This turn reflected: a model wrote a paragraph from memory. To make it again costs another answer of that model.';
    case 'recalled':
      return 'This turn recalled memories; there is no reflect of it to make again.';
    case 'bank_gone':
      return 'Its bank is not on the memory server any more. To reflect would make it anew, so nothing was asked.';
    case 'kept_from':
      return 'This turn asked nothing: it kept the memories of an earlier turn, which is the one to ask again.';
    case 'not_recorded':
      return 'The record does not tell what was asked, so it cannot be asked again.';
  }
}
