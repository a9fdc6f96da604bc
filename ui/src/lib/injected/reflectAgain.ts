// A turn's reflect beside the same reflect made now, in words. Pure; views/injected/time asks. Two paragraphs of a model
// differ by chance as well, so what the memories below them tell comes first and never more than they tell.
import type { OtherBasis } from '$gen/OtherBasis';
import type { Paragraph } from '$gen/Paragraph';
import type { ReflectedAgain } from '$gen/ReflectedAgain';
import type { TurnRecord } from '$gen/TurnRecord';
import { ms, tokens } from '$lib/format';
import { beside } from './time';

/** Whether a turn made a reflect of its own, which can be made again. */
export function reflects(record: TurnRecord): boolean {
  return record.memory?.mode === 'reflect' && (record.memory.keptFrom ?? null) === null;
}

/** What came of a reflect when it was not words; null when it was. */
export function without(paragraph: Paragraph, when: 'then' | 'now'): string | null {
  switch (paragraph.kind) {
    case 'said':
      return null;
    case 'empty':
      return when === 'then'
        ? 'Memory answered, and said nothing.'
        : 'Memory answers, and says nothing; nothing would go in.';
    case 'failed':
      return when === 'then'
        ? 'It failed, so what it would have said then is not known:'
        : 'It failed; nothing would go in:';
    case 'not_known':
      return 'The record does not tell what it said.';
  }
}

/** What the two tell together, and by which of the cases. */
export interface Reading {
  kind: 'one_sided' | 'same_words' | 'same_memories' | 'other_memories' | 'not_known';
  words: string;
}

const ANECDOTE = 'one sample is an anecdote';

/** What may be said of two paragraphs, and no more. */
export function reading(told: ReflectedAgain): Reading | null {
  const { then, now } = told;
  if (then === null || now === null) return null;
  if (then.paragraph.kind !== 'said' || now.paragraph.kind !== 'said') {
    return { kind: 'one_sided', words: 'There is no pair of paragraphs to compare.' };
  }
  const known = then.basedKnown && now.basedKnown;
  const same = known && sameBasis(told);
  if (then.paragraph.text === now.paragraph.text) {
    const below = !known
      ? 'What it is based on is not known for both.'
      : same
        ? 'It is based on the same memories.'
        : 'The memories below it are not the same.';
    return { kind: 'same_words', words: `Word for word the same. ${below}` };
  }
  if (!known) {
    return {
      kind: 'not_known',
      words: `Other words. What both are based on is not known, so it cannot be told whether memory or chance made the difference; ${ANECDOTE}.`,
    };
  }
  if (!same) {
    return {
      kind: 'other_memories',
      words: told.byRule
        ? 'Other words, and other memories below them.'
        : `Other words, and other memories below them. Which memories a model names varies by chance too; ${ANECDOTE}.`,
    };
  }
  const none = told.rows.length === 0 && told.others.length === 0;
  return {
    kind: 'same_memories',
    words: none
      ? `Based on no memory, both times, and other words: ${ANECDOTE}.`
      : `The same memories, other words: ${ANECDOTE}.`,
  };
}

/** Whether both are based on the same things in the same words. */
function sameBasis({ rows, others }: ReflectedAgain): boolean {
  const { onlyThen, onlyNow, edited } = beside(rows);
  return onlyThen.length + onlyNow.length + edited.length === 0 && others.every(isSame);
}

const isSame = ({ then, now }: OtherBasis) => then !== null && then === now;

/** When something else was named: only then, only now, both times. One that did not say names nothing. */
export function named(other: OtherBasis, told: ReflectedAgain): string {
  if (other.then !== null && other.now !== null) {
    return other.then === other.now ? 'both times, as it was' : 'both times, in other words';
  }
  if (other.then !== null) return told.now?.basedKnown ? 'only then' : 'then';
  return told.then?.basedKnown ? 'only now' : 'now';
}

/** A list of the server for people: `mental_models` is a mental model. */
export function kindWord(kind: string): string {
  const words = kind.replaceAll('_', ' ');
  if (words === 'memories') return 'memory without an id';
  return words.endsWith('s') ? words.slice(0, -1) : words;
}

/** What the reflect of now took: tokens are the server's own count. */
export function took(told: ReflectedAgain): string {
  if (told.byRule) return 'by rules, without a model: no tokens';
  const used = told.usage?.totalTokens ?? null;
  return used === null ? 'tokens not reported' : `${tokens(Number(used))} of the server’s model`;
}

/** That the turn would have gone on without it; null when it came in time, or the limit is not known. */
export function tooLate(told: ReflectedAgain, limitMs: number | null): string | null {
  const now = told.now;
  if (limitMs === null || now === null || now.paragraph.kind === 'failed' || now.ms <= limitMs) return null;
  return `The turn waits ${ms(limitMs)} at most: it would have gone on without this.`;
}

/** Whether the paragraph was changed or taken out by hand before the turn's request was sent. */
export function byHand(record: TurnRecord): boolean {
  const end = record.pause?.end ?? null;
  return end?.how === 'went_on' && (end.edits.noMemory || end.edits.paragraph !== null);
}

/** In one line, to be read out. */
export function spoken(told: ReflectedAgain): string {
  if (told.now?.paragraph.kind === 'failed') return 'The reflect of now failed.';
  return reading(told)?.words ?? '';
}
