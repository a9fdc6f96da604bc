// Findings as a person works through them: what the kinds are called, which come in pairs, and the queue of pairs with
// its decisions. Pure; state/review.svelte.ts holds it.
import type { Fact } from '$gen/Fact';
import type { Finding } from '$gen/Finding';
import type { FindingKind } from '$gen/FindingKind';
import type { FoundFact } from '$gen/FoundFact';
import type { MemoryPatch } from '$gen/MemoryPatch';

export interface KindWords {
  kind: FindingKind;
  label: string;
  /** One sentence. */
  what: string;
  /** Two facts side by side, for a decision. */
  pairs: boolean;
}

export const KINDS: readonly KindWords[] = [
  {
    kind: 'exact_duplicate',
    label: 'Exact duplicates',
    what: 'The same words in the same order.',
    pairs: true,
  },
  {
    kind: 'near_duplicate',
    label: 'Near duplicates',
    what: 'Three of four words are the same, about the same entity or from the same document.',
    pairs: true,
  },
  {
    kind: 'superseded',
    label: 'May be superseded',
    what: 'The same thing was said of the same entity later, with another value. A guess by words.',
    pairs: true,
  },
  {
    kind: 'instruction_like',
    label: 'Like an instruction',
    what: 'Shaped like an order to a model.',
    pairs: false,
  },
  { kind: 'secret_like', label: 'Like a secret', what: 'Looks like a key or a password.', pairs: false },
  {
    kind: 'undated',
    label: 'Undated',
    what: 'No date, or a time in the text and no date of it.',
    pairs: false,
  },
  { kind: 'future_dated', label: 'Dated ahead', what: 'A date that has not come yet.', pairs: false },
  { kind: 'orphaned', label: 'Orphaned', what: 'The document or the sources are gone.', pairs: false },
  { kind: 'oversized', label: 'Oversized', what: 'Much longer than a fact should be.', pairs: false },
];

export const wordsOf = (kind: FindingKind): KindWords =>
  KINDS.find((one) => one.kind === kind) ?? { kind, label: kind, what: '', pairs: false };

/** Two facts to decide between; the older is on the left. */
export interface Pair {
  kind: FindingKind;
  left: FoundFact;
  right: FoundFact;
  why: string;
}

export function pairOf({ kind, facts, why }: Finding): Pair | null {
  const [left, right] = facts;
  return left && right ? { kind, left, right, why } : null;
}

export type Choice = 'left' | 'right' | 'both' | 'skip';

export interface Decision {
  /** The place of its pair in the queue. */
  at: number;
  choice: Choice;
}

/** Facts that the decisions so far retire, each with the reason. */
export function retired(pairs: readonly Pair[], decisions: readonly Decision[]): Map<string, string> {
  const gone = new Map<string, string>();
  for (const { at, choice } of decisions) {
    const pair = pairs[at];
    if (!pair || choice === 'both' || choice === 'skip') continue;
    const [kept, lost] = choice === 'left' ? [pair.left, pair.right] : [pair.right, pair.left];
    const how = pair.kind === 'superseded' ? 'superseded by' : 'duplicate of';
    gone.set(lost.id, `${how} ${kept.id}`);
  }
  return gone;
}

/**
 * The next pair to decide from `from` on; -1 at the end. A pair of which one fact is retired by an earlier decision has
 * nothing left to decide.
 */
export function next(pairs: readonly Pair[], decisions: readonly Decision[], from = 0): number {
  const gone = retired(pairs, decisions);
  const decided = new Set(decisions.map(({ at }) => at));
  for (let at = from; at < pairs.length; at++) {
    const pair = pairs[at];
    if (pair && !decided.has(at) && !gone.has(pair.left.id) && !gone.has(pair.right.id)) return at;
  }
  return -1;
}

/** The decisions as changes of facts. */
export function changesOf(
  pairs: readonly Pair[],
  decisions: readonly Decision[],
): { id: string; patch: MemoryPatch }[] {
  return [...retired(pairs, decisions)].map(([id, reason]) => ({
    id,
    patch: { state: 'invalidated', reason },
  }));
}

/** A found fact as a row that can be selected. */
export const factOf = (found: FoundFact): Fact => ({
  id: found.id,
  text: found.text,
  factType: found.factType,
  context: null,
  entities: found.entities,
  occurredStart: found.occurredStart,
  occurredEnd: null,
  mentionedAt: found.mentionedAt,
  documentId: found.documentId,
  chunkId: null,
  tags: [],
  metadata: {},
  proofCount: null,
  sourceMemoryIds: [],
  state: 'valid',
  invalidationReason: null,
  invalidatedAt: null,
  editedAt: null,
  createdAt: null,
  updatedAt: null,
  consolidatedAt: null,
  consolidationFailedAt: null,
});
