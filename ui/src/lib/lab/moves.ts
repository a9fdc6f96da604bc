// How two answers to the same or another question compare, rank by rank. Pure.

/** A fact as both answers have it. */
export interface Ranked {
  id: string;
  text: string;
}

/** A fact in one or both answers. */
export interface RankMove {
  id: string;
  text: string;
  /** Place in A from 1; null when it is not there. */
  a: number | null;
  /** Place in B from 1; null when it is not there. */
  b: number | null;
  /** Places gained from A to B; null when it is in one of them only. */
  by: number | null;
}

/** Every fact of A and B: those of B in its order, then those that are only in A. */
export function rankMoves(a: readonly Ranked[], b: readonly Ranked[]): RankMove[] {
  const places = new Map(a.map((one, index) => [one.id, index + 1]));
  const both = new Set(b.map((one) => one.id));
  const inB = b.map((one, index): RankMove => {
    const from = places.get(one.id) ?? null;
    return { id: one.id, text: one.text, a: from, b: index + 1, by: from === null ? null : from - index - 1 };
  });
  const gone = a.flatMap((one, index): RankMove[] =>
    both.has(one.id) ? [] : [{ id: one.id, text: one.text, a: index + 1, b: null, by: null }],
  );
  return [...inB, ...gone];
}

/** What a move says: `new`, `gone`, `up 3`, `down 1`, `same`. */
export function moveWord(move: RankMove): string {
  if (move.a === null) return 'new';
  if (move.b === null) return 'gone';
  if (move.by === null || move.by === 0) return 'same';
  return move.by > 0 ? `up ${move.by}` : `down ${-move.by}`;
}
