// What the panel tells of one memory of a turn: the four marks, how it moved from stage to stage, what came back of it,
// which of the memories say the same. Pure; the marks are never merged into one, because each knows something else.
import type { InfluenceMark } from '$gen/InfluenceMark';
import type { InfluenceVerdict } from '$gen/InfluenceVerdict';
import type { Candidate as Staged } from '$gen/Candidate';
import type { Echo } from '$gen/Echo';
import type { Stages } from '$gen/Stages';
import type { TurnRecord } from '$gen/TurnRecord';
import { count } from '$lib/format';
import { answered, armName, armsOf } from '$lib/lab/picture';
import { gateWords, type Candidate } from '$lib/record';

/** What replays told of a memory; null while none was made. */
export type Influence = InfluenceMark | null;

/** One of the four marks. */
export interface Mark {
  id: 'retrieved' | 'injected' | 'echoed' | 'influential';
  /** `unknown` is neither: nobody looked, or nobody can tell. */
  state: 'yes' | 'no' | 'unknown';
  word: string;
  /** Where that is known from. */
  about: string;
}

const INFLUENCE: Record<InfluenceVerdict, Pick<Mark, 'state' | 'word' | 'about'>> = {
  decisive: {
    state: 'yes',
    word: 'decisive',
    about: 'From replays: without it, answers came out otherwise.',
  },
  redundant: {
    state: 'no',
    word: 'redundant',
    about: 'From replays: without it, other memories led to the same answers.',
  },
  inert: { state: 'no', word: 'inert', about: 'From replays: answers were the same without it.' },
  unclear: {
    state: 'unknown',
    word: 'unclear',
    about: 'From replays: answers differ as much with it as without it.',
  },
};

/** The echo of a memory; null when it is not known. */
export function echoOf(record: TurnRecord, memoryId: string): Echo | null {
  return record.echoed?.memories.find((one) => one.memoryId === memoryId) ?? null;
}

/** What came back, names first. */
export function echoWords(echo: Echo | null): string[] {
  return echo === null ? [] : [...echo.names, ...echo.numbers, ...echo.words];
}

function retrieved(candidate: Candidate, record: TurnRecord): Mark {
  const id = 'retrieved';
  if (record.memory?.memories.some((one) => one.id === candidate.memory.id))
    return {
      id,
      state: 'yes',
      word: 'retrieved',
      about: `From the record: recall returned it at rank ${candidate.memory.rank}.`,
    };
  if (record.memory?.error)
    return {
      id,
      state: 'unknown',
      word: 'recall failed',
      about: 'From the record: recall failed, so whether it would have found this is not known.',
    };
  return { id, state: 'no', word: 'not retrieved', about: 'From the record: recall did not return it.' };
}

function injected(candidate: Candidate, record: TurnRecord): Mark {
  const id = 'injected';
  const stopped = record.pause?.end?.how === 'stopped';
  if (!candidate.decided && stopped)
    return {
      id,
      state: 'no',
      word: 'not injected',
      about: 'From the record: the turn was stopped at a breakpoint and nothing was sent.',
    };
  if (!candidate.decided)
    return { id, state: 'unknown', word: 'not decided', about: 'The turn has not come so far.' };
  if (candidate.place === null)
    return {
      id,
      state: 'no',
      word: 'not injected',
      about: `From the record: ${gateWords(candidate.gate, record) ?? 'no block was sent'}.`,
    };
  const why = candidate.pinned ? ', first because it is pinned to this chat' : '';
  return {
    id,
    state: 'yes',
    word: 'injected',
    about: `From the record: number ${candidate.place} in the block that was sent${why}.`,
  };
}

function echoed(candidate: Candidate, record: TurnRecord): Mark {
  const id = 'echoed';
  if (!candidate.decided && record.answer === null && record.pause?.end?.how !== 'stopped')
    return { id, state: 'unknown', word: 'echo not known', about: 'The turn has not come so far.' };
  if (candidate.place === null)
    return {
      id,
      state: 'no',
      word: 'not echoed',
      about: 'It was not sent, so nothing of it could come back.',
    };
  const echo = echoOf(record, candidate.memory.id);
  if (echo === null) {
    const about =
      record.answer === null
        ? 'The answer is still coming.'
        : 'Not known: no text came, or an older version of Rearview recorded this turn.';
    return { id, state: 'unknown', word: 'echo not known', about };
  }
  const words = echoWords(echo);
  if (words.length === 0)
    return {
      id,
      state: 'no',
      word: 'not echoed',
      about:
        'From the record: none of its words, names or numbers is in the answer and not also in what else was sent. An answer in other words is not seen.',
    };
  return {
    id,
    state: 'yes',
    word: 'echoed',
    about: `From the record: ${words.slice(0, 12).join(', ')} came back in the answer and stood in nothing else that was sent. That is no proof that it made a difference.`,
  };
}

/** Where an influence is known from, with its sample size: a mark without one would be a number without a source. */
function influenceAbout({ verdict, samples, anecdote }: InfluenceMark): string {
  const size = `${count(samples, 'answer')} without it${anecdote ? ': an anecdote' : ''}`;
  return `${INFLUENCE[verdict].about} (${size}.)`;
}

/** The four marks of a memory, in their order. */
export function marks(candidate: Candidate, record: TurnRecord, influence: Influence): Mark[] {
  const id = 'influential';
  return [
    retrieved(candidate, record),
    injected(candidate, record),
    echoed(candidate, record),
    influence === null
      ? {
          id,
          state: 'unknown',
          word: 'influence not tried',
          about: 'Only replaying the turn without it tells whether it made a difference.',
        }
      : { id, ...INFLUENCE[influence.verdict], about: influenceAbout(influence) },
  ];
}

/** The marks of a memory that another client recalled: the server's log tells that it came back, and nothing after that. */
export function marksOfClient({ memory }: Candidate): Mark[] {
  const about = 'Not known: another client’s prompt. The log of the memory server ends with its answer.';
  const open = (id: Mark['id'], word: string): Mark => ({ id, state: 'unknown', word, about });
  return [
    {
      id: 'retrieved',
      state: 'yes',
      word: 'retrieved',
      about: `From the audit log: recall returned it at rank ${memory.rank}.`,
    },
    open('injected', 'injection not known'),
    open('echoed', 'echo not known'),
    open('influential', 'influence not known'),
  ];
}

/** A stage of a memory's way. */
export interface Move {
  stage: string;
  /** Its place there, from 1; null where it did not come. */
  rank: number | null;
  /** The raw score; null when there is none. */
  score: number | null;
  scoreName: string;
  /** Places won since the stage before; null where nothing can be compared. */
  by: number | null;
}

/** How a memory moved: each arm, fusion or sum, rerank or order, answer, block. Raw scores, unrounded. */
export function movement(
  staged: Staged | null,
  stages: Stages | null,
  place: number | null,
  others: readonly Staged[] = stages?.candidates ?? [],
): Move[] {
  const rows: Move[] = [];
  let before: number | null = null;
  if (staged !== null && stages !== null) {
    for (const arm of armsOf(stages)) {
      const at = staged.arms[arm];
      const rank = at?.rank ?? at?.kindRank ?? null;
      rows.push({
        stage: armName(arm),
        rank,
        score: at?.score ?? null,
        scoreName: at?.scoreName ?? 'score',
        by: null,
      });
      if (rank !== null && (before === null || rank < before)) before = rank;
    }
    const summed = stages.make === 'summed';
    const step = (stage: string, rank: number | null, score: number | null, scoreName: string) => {
      const by = before === null || rank === null ? null : before - rank;
      rows.push({ stage, rank, score, scoreName, by });
      if (rank !== null) before = rank;
    };
    const went = (has: (one: Staged) => boolean) => others.some(has);
    if (went((one) => one.fusedRank !== null))
      step(summed ? 'Sum' : 'Fusion', staged.fusedRank, staged.fusedScore, summed ? 'sum' : 'rrf');
    if (went((one) => one.rank !== null))
      step(summed ? 'Order' : 'Rerank', staged.rank, staged.score, 'final');
    step('Answer', answered(staged.fate), null, '');
  }
  rows.push({
    stage: 'Block',
    rank: place,
    score: null,
    scoreName: '',
    by: before === null || place === null ? null : before - place,
  });
  return rows;
}

/** What a move says: `up 3`, `down 1`, `same`; empty where nothing can be compared. */
export function moveText(by: number | null): string {
  if (by === null) return '';
  return by === 0 ? 'same' : by > 0 ? `up ${by}` : `down ${-by}`;
}

/** Candidates that the trace names and the answer does not. */
export function notReturned(stages: Stages | null): Staged[] {
  return (stages?.candidates ?? []).filter((one) => answered(one.fate) === null);
}

/** A memory and those after it that say the same. */
export interface Folded {
  first: Candidate;
  others: Candidate[];
}

/** Folds memories that say the same under the first of them. */
export function folded(items: readonly Candidate[], same: readonly (readonly string[])[]): Folded[] {
  const groupOf = new Map<string, readonly string[]>();
  for (const ids of same) for (const id of ids) groupOf.set(id, ids);
  const open = new Map<readonly string[], Folded>();
  const out: Folded[] = [];
  for (const item of items) {
    const group = groupOf.get(item.memory.id);
    const known = group && open.get(group);
    if (known) {
      known.others.push(item);
      continue;
    }
    const row: Folded = { first: item, others: [] };
    if (group) open.set(group, row);
    out.push(row);
  }
  return out;
}

/** What the button says that unfolds those which say the same, or folds them again. */
export function sameText(others: number, open: boolean): string {
  const say = others === 1 ? 'says' : 'say';
  return open ? `Fold the ${others} that ${say} the same` : `+${others} that ${say} the same`;
}

/** A piece of a text, and whether it came back. */
export interface Lit {
  text: string;
  lit: boolean;
}

const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Cuts a text where words of an echo stand, as whole words, whatever their case. */
export function litPieces(text: string, words: readonly string[]): Lit[] {
  const wanted = words.filter((word) => word !== '').sort((a, b) => b.length - a.length);
  if (wanted.length === 0) return text === '' ? [] : [{ text, lit: false }];
  // A word ends where no letter follows; scripts without spaces have no such ends.
  const one = (word: string) =>
    /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+$/u.test(word)
      ? escaped(word)
      : `(?<![\\p{L}\\p{N}])${escaped(word)}(?![\\p{L}\\p{N}])`;
  const pattern = new RegExp(`(${wanted.map(one).join('|')})`, 'giu');
  return text
    .split(pattern)
    .map((piece, at) => ({ text: piece, lit: at % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}
