// What a turn taught memory, in words: the chip under the answer, the sections of the panel. Pure; no DOM.
// What is not known is left out or said to be so, never shown as 0.

import type { ChangedObservation } from '$gen/ChangedObservation';
import type { EntityChange } from '$gen/EntityChange';
import type { FactNow } from '$gen/FactNow';
import type { LearnedCounts } from '$gen/LearnedCounts';
import type { ObservationChange } from '$gen/ObservationChange';
import type { SaidSentence } from '$gen/SaidSentence';
import type { TurnLearned } from '$gen/TurnLearned';
import { count } from './format';

/** A number of the chip with its sign. */
export interface LearnedMark {
  sign: '+' | '~' | '−';
  n: number;
}

/** The chip under an answer. */
export interface LearnedSaid {
  /** Numbers that are known, in the order of the chip. */
  marks: LearnedMark[];
  /** Facts that wait to be built into observations; 0 when none does. */
  pending: number;
  /** All of it for screen readers and the tip. */
  words: string;
  /** Whether somebody stopped looking, or was refused. */
  trouble: boolean;
  /** Whether it is known that nothing came of it. */
  nothing: boolean;
}

/** What the chip shows. */
export function learnedSaid(counts: LearnedCounts): LearnedSaid {
  const marks: LearnedMark[] = [];
  const words: string[] = [];
  const { added, changed, removed, pending, state } = counts;
  if (added === null) words.push('which facts were learned is not known');
  else {
    marks.push({ sign: '+', n: added });
    words.push(`${count(added, 'fact')} learned`);
  }
  if (changed !== null) {
    marks.push({ sign: '~', n: changed });
    words.push(`${count(changed, 'observation')} made or changed`);
  }
  if (removed !== null) {
    marks.push({ sign: '−', n: removed });
    words.push(`${removed} removed`);
  }
  if (pending > 0)
    words.push(`${count(pending, 'fact')} ${pending === 1 ? 'waits' : 'wait'} to be built into observations`);
  if (state.state === 'gave_up' || state.state === 'failed') words.push(state.why);
  return {
    marks,
    pending: state.state === 'pending' || state.state === 'gave_up' ? pending : 0,
    words: words.join(', '),
    trouble: state.state === 'gave_up' || state.state === 'failed',
    nothing: state.state === 'complete' && added === 0 && !changed && !removed,
  };
}

/** How far it is known, for the head of the section. */
export function learnedState(learned: TurnLearned): string {
  switch (learned.state.state) {
    case 'pending': {
      const waits = learned.added.filter((fact) => fact.waits).length;
      return `${count(waits, 'fact')} ${waits === 1 ? 'waits' : 'wait'} to be built into observations. This fills in by itself.`;
    }
    case 'complete':
      return learned.unobserved ?? 'Everything that came of it is here.';
    case 'gave_up':
      return `Nobody looks any more. ${learned.state.why}`;
    case 'failed':
      return `Not known: ${learned.state.why}`;
  }
}

/** Where a fact was said, in words: who, and how sure that is. */
export function saidBy(said: SaidSentence): { who: string; guess: boolean; how: string } {
  const who = said.who === 'user' ? 'you' : 'the model';
  switch (said.foundBy) {
    case 'exact':
      return { who, guess: false, how: 'The fact’s own words stand there.' };
    case 'normalised':
      return { who, guess: false, how: 'The fact’s words stand there in another case or punctuation.' };
    case 'words':
      return {
        who,
        guess: true,
        how: 'Worked out here: the sentence that shares the most telling words with the fact. The server does not tell the sentence.',
      };
  }
}

/** What happened to an observation, in a word. */
export const OBSERVATION_CHANGE: Record<ObservationChange, string> = {
  made: 'new',
  reworded: 'reworded',
  supported: 'more behind it',
  removed: 'removed',
  touched: 'built on',
};

/** Where the text before comes from, in words; null when there is nothing to say. */
export function knownBy(one: ChangedObservation): { words: string; guess: boolean } | null {
  if (one.knownBy === 'not_known') return { words: 'what it said before is not known', guess: false };
  if (one.knownBy === 'compared')
    return {
      words:
        one.change === 'made'
          ? 'reconstructed: it was not there before'
          : 'reconstructed: compared with what was read before the turn was stored',
      guess: true,
    };
  if (one.change === 'removed')
    return one.before === null
      ? { words: 'by the server’s notes; its words are not known', guess: false }
      : { words: 'by the server’s notes; its words as read before the turn was stored', guess: true };
  return { words: 'by the server’s history', guess: false };
}

/** What became of a name, in a word; null is not known. */
export function entityWords(change: EntityChange | null): { words: string; guess: boolean } {
  switch (change) {
    case 'new':
      return { words: 'new', guess: true };
    case 'known':
      return { words: 'known', guess: true };
    case 'merged':
      return { words: 'merged into a known name', guess: true };
    case null:
      return { words: 'new or known: not known', guess: false };
  }
}

/** The facts of a turn that still count, by what was asked last; before that, all. */
export function standing(learned: TurnLearned, now: readonly FactNow[] | undefined): string[] {
  const gone = new Set(now?.filter((fact) => fact.stands !== 'valid').map((fact) => fact.id));
  return learned.added.map((fact) => fact.id).filter((id) => !gone.has(id));
}
