// What changed between two texts, word by word. Pure; parts/Diff.svelte draws it.
// jsdiff finds it; here is when to stop: two long texts without anything in common would keep it busy for minutes.
import { diffLines, diffWordsWithSpace } from 'diff';
import type { Change } from 'diff';

/** A run of text that stayed, went or came. */
export interface DiffPiece {
  kind: 'same' | 'gone' | 'new';
  text: string;
}

/** Longer than this on one side, words are not compared, only lines: a word would be a thing of its own in the page. */
const WORDS_UP_TO = 60_000;
/** A frame's worth; what is not found by then is shown coarser. */
const LIMIT_MS = 40;

const piece = (change: Change): DiffPiece => ({
  kind: change.added ? 'new' : change.removed ? 'gone' : 'same',
  text: change.value,
});

/** The pieces of both texts in reading order. Without the gone ones they spell `after`, without the new ones `before`. */
export function diff(before: string, after: string): DiffPiece[] {
  if (before === after) return before === '' ? [] : [{ kind: 'same', text: before }];
  const options = { timeout: LIMIT_MS };
  const short = Math.max(before.length, after.length) <= WORDS_UP_TO;
  const found =
    (short ? diffWordsWithSpace(before, after, options) : undefined) ?? diffLines(before, after, options);
  const pieces = found?.map(piece) ?? [
    { kind: 'gone' as const, text: before },
    { kind: 'new' as const, text: after },
  ];
  return pieces.filter(({ text }) => text !== '');
}

/** How many words went and came: `3 words removed, 1 word added`. */
export function changedWords(pieces: DiffPiece[]): { gone: number; new: number } {
  const words = (kind: DiffPiece['kind']) =>
    pieces
      .filter((piece) => piece.kind === kind)
      .reduce((sum, { text }) => sum + (text.match(/\S+/gu)?.length ?? 0), 0);
  return { gone: words('gone'), new: words('new') };
}

/** A stretch that stayed, cut to its ends when it is long. Null when it is short enough to stand whole. */
export function folded(text: string, ends: number): { head: string; left: number; tail: string } | null {
  // Folding away a line or two would cost more than it saves.
  if (text.length <= ends * 2 + 200) return null;
  const head = text.slice(0, cutAt(text, ends));
  const tail = text.slice(cutAt(text, text.length - ends));
  return { head, left: text.length - head.length - tail.length, tail };
}

/** The nearest place at or after `at` that is not in the middle of a character. */
function cutAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}
