// What the gates of "why is this fact not here" are called, what they say, and what the smallest change says. Pure.
import type { WhyChange } from '$gen/WhyChange';
import type { WhyGate } from '$gen/WhyGate';

/** The gates in their order, by the words of the backend. */
export const GATE_NAMES: Record<string, string> = {
  not_run: 'Recall was made in these words',
  other_bank: 'In this bank',
  invalidated: 'Valid',
  not_extracted: 'Extracted',
  fact_type: 'Type asked for',
  not_consolidated: 'Consolidated',
  tags: 'Tags fit',
  window: 'Not outranked by a window',
  lane_floor: 'Above the floor of an arm',
  no_lane: 'In the best of an arm',
  cap: 'Within the candidates that count',
  final_floor: 'Above the final floor',
  covered: 'Not replaced by its observation',
  tokens: 'Fits into the tokens',
  own_cap: 'Within what a turn takes',
  trimmed: 'Not trimmed from the context',
};

const list = (words: readonly string[]) => words.join(', ');
const exact = (n: number | null) => (n === null ? 'a score that is not told' : String(n));

/** The arms as they are called on the page. */
export const ARM_NAMES: Record<string, string> = {
  semantic: 'Semantic',
  bm25: 'Keyword',
  keyword: 'Keyword',
  graph: 'Graph',
  temporal: 'Temporal',
};

/** The sentence about a gate. */
export function gateSentence(gate: WhyGate): string {
  switch (gate.kind) {
    case 'in':
      return `It is here, at rank ${gate.rank}.`;
    case 'not_there':
      return 'No bank of this memory server holds it, and nothing waits to be extracted.';
    case 'other_bank':
      return `It is in another bank: ${gate.bankId}.`;
    case 'invalidated':
      return gate.reason ? `It was invalidated: ${gate.reason}` : 'It was invalidated.';
    case 'not_extracted':
      return 'It is not there, and something that was said is not extracted yet.';
    case 'fact_type':
      return `Its type is ${gate.factType}; asked for was ${list(gate.asked)}.`;
    case 'not_consolidated':
      return gate.failed
        ? 'Only observations were asked for, and consolidation failed on it.'
        : 'Only observations were asked for, and it went into none yet.';
    case 'tags':
      return gate.tags.length > 0
        ? `Its tags do not fit: ${list(gate.tags)}.`
        : 'It has no tags, and tags were asked for strictly.';
    case 'window':
      return 'Facts inside the temporal window took its place. The window ranks; it does not filter.';
    case 'lane_floor': {
      const arm = ARM_NAMES[gate.arm] ?? gate.arm;
      return gate.floor === null
        ? `No arm brought it: its ${arm.toLowerCase()} score is ${exact(gate.score)}, below the server’s own floor.`
        : `No arm brought it: its ${arm.toLowerCase()} score is ${exact(gate.score)}, the floor is ${gate.floor}.`;
    }
    case 'no_lane': {
      const ranks = Object.entries(gate.ranks).map(([arm, rank]) => `${ARM_NAMES[arm] ?? arm} ${rank}`);
      const best =
        gate.budget === null ? 'It is in no arm’s best.' : `It is in no arm’s best ${gate.budget}.`;
      return ranks.length > 0 ? `${best} With more candidates: ${list(ranks)}.` : best;
    }
    case 'cap':
      if (gate.stage === 'fusion') return 'An arm brought it, and it was cut before the rerank.';
      return gate.most === null
        ? 'It stands behind as many candidates as can be answered.'
        : `It stands at ${gate.rank ?? 'a place'} of the order; at most ${gate.most} are answered.`;
    case 'final_floor':
      return `Its ${gate.which} score is ${exact(gate.score)}, the floor is ${gate.floor}.`;
    case 'covered':
      return gate.text === null
        ? 'An observation made of it was answered in its place.'
        : `An observation made of it was answered in its place: ${gate.text}`;
    case 'tokens':
      return `${gate.over} more ${gate.over === 1 ? 'token' : 'tokens'} would have let it in${
        gate.maxTokens === null ? '' : `; ${gate.maxTokens} were allowed`
      }.`;
    case 'own_cap':
      return `It was answered at rank ${gate.rank}, and a turn takes the first ${gate.most}.`;
    case 'not_known':
      return `Not known. ${gate.why}`;
  }
}

const value = (raw: unknown): string => {
  if (raw === null || raw === undefined) return 'not set';
  if (Array.isArray(raw))
    return raw.length === 0
      ? 'all'
      : raw.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(', ');
  return typeof raw === 'object' ? JSON.stringify(raw) : String(raw as string | number | boolean);
};

/** What a change says. */
export function changeSentence(change: WhyChange): string {
  switch (change.field) {
    case 'bank':
      return `Ask the bank ${value(change.to)}.`;
    case 'state':
      return 'Restore the fact.';
    case 'wait':
      return 'Wait until it is extracted.';
    case 'max_memories':
      return `Let a turn take ${value(change.to)} memories; now it takes ${value(change.from)}.`;
    case 'query':
      return 'Ask in the words of the fact.';
    case 'tags':
    case 'temporal_window':
    case 'tags_match':
      return change.to === null
        ? `Take ${change.field} out (${value(change.from)}).`
        : `${change.field}: ${value(change.from)} → ${value(change.to)}`;
    default:
      return `${change.field}: ${value(change.from)} → ${value(change.to)}`;
  }
}
