// Breakpoints in words: what a condition says, why a turn paused, how the pause ended and what was changed by hand. Pure.
import type { BlockEdits } from '$gen/BlockEdits';
import type { BreakCondition } from '$gen/BreakCondition';
import type { BreakMatch } from '$gen/BreakMatch';
import type { Pause } from '$gen/Pause';
import { count, ms, number } from './format';

/** The conditions that a form offers; one on a memory is set at that memory, one for the next message by a button. */
export type ConditionChoice = 'tag' | 'tokens' | 'no_hits' | 'every_turn';

export const CONDITION_CHOICES: readonly { value: ConditionChoice; label: string; detail: string }[] = [
  { value: 'tag', label: 'A tag', detail: 'on any memory that is about to go in' },
  { value: 'tokens', label: 'A long block', detail: 'more than so many tokens, counted as o200k' },
  { value: 'no_hits', label: 'No hits', detail: 'memory answered and nothing goes in' },
  { value: 'every_turn', label: 'Every message', detail: 'whatever memory does' },
];

/** A condition as a line with an untrusted part, which is shown apart from the words before it. */
export interface ConditionSaid {
  words: string;
  /** A memory's text or a tag; null where the words say it all. */
  quoted: string | null;
}

/** What a breakpoint waits for. */
export function conditionSaid(condition: BreakCondition): ConditionSaid {
  switch (condition.kind) {
    case 'memory':
      return { words: 'This memory goes in', quoted: condition.text || condition.memory_id };
    case 'tag':
      return { words: 'A memory with this tag goes in', quoted: condition.tag };
    case 'tokens':
      return { words: `The block has more than ${number(condition.over)} tokens (o200k)`, quoted: null };
    case 'no_hits':
      return { words: 'Memory answers and nothing goes in', quoted: null };
    case 'every_turn':
      return { words: 'Every message', quoted: null };
    case 'next':
      return { words: 'The next message, once', quoted: null };
  }
}

/** Why a turn paused, one matched breakpoint. `about` is the block's estimated tokens. */
export function whySaid({ condition, memoryIds }: BreakMatch, pause: Pick<Pause, 'tokens'>): ConditionSaid {
  switch (condition.kind) {
    case 'memory':
      return { words: 'this memory is about to go in', quoted: condition.text || condition.memory_id };
    case 'tag': {
      const many = memoryIds.length > 1;
      const words = `${count(memoryIds.length, 'memory')} with this tag ${many ? 'are' : 'is'} about to go in`;
      return { words, quoted: condition.tag };
    }
    case 'tokens':
      return {
        words: `the block has about ${number(pause.tokens)} tokens (o200k), more than ${number(condition.over)}`,
        quoted: null,
      };
    case 'no_hits':
      return { words: 'memory answered and nothing is about to go in', quoted: null };
    case 'every_turn':
      return { words: 'every message of this chat pauses', quoted: null };
    case 'next':
      return { words: 'you asked for it, once', quoted: null };
  }
}

/** What was changed by hand: `1 taken out, 2 reworded, own lines added`; `nothing` when nothing was. */
export function editsSaid(edits: BlockEdits): string {
  const own = edits.added === null ? '' : edits.added.trim() ? 'own lines added' : 'own lines taken out';
  if (edits.noMemory) return ['the whole block taken out', own].filter(Boolean).join(', ');
  const reworded = Object.keys(edits.edited).length;
  const parts = [
    edits.without.length > 0 ? `${count(edits.without.length, 'memory')} taken out` : '',
    reworded > 0 ? `${count(reworded, 'memory')} reworded` : '',
    edits.paragraph === null
      ? ''
      : edits.paragraph.trim()
        ? 'the paragraph reworded'
        : 'the paragraph taken out',
    own,
  ];
  return parts.filter(Boolean).join(', ') || 'nothing';
}

/** How a pause stands or ended. `live` says whether the turn still runs. */
export function pauseSaid({ end }: Pause, live: boolean): string {
  switch (end?.how) {
    case undefined:
      if (live) return 'Waits for you, at the answer';
      return 'Not known how it ended: Rearview ended while it waited. Nothing was sent';
    case 'went_on':
      return `Went on after ${ms(end?.ms ?? 0)}; changed by hand: ${editsSaid(end?.edits ?? NONE)}`;
    case 'stopped':
      return `Stopped after ${ms(end?.ms ?? 0)}; nothing was sent`;
    case 'nobody_to_ask':
      return 'Did not wait: whoever started this turn could not be asked';
  }
}

const NONE: BlockEdits = { noMemory: false, without: [], edited: {}, paragraph: null, added: null };
