// Small questions about text that several views ask. Pure.

/** A piece of a snippet: words, and whether they matched. */
export interface Piece {
  text: string;
  match: boolean;
}

/** Cuts a snippet at its match marks (U+2068 before, U+2069 after), so that it can be shown as text nodes. */
export function pieces(snippet: string): Piece[] {
  const out: Piece[] = [];
  let match = false;
  for (const text of snippet.split(/([\u2068\u2069])/)) {
    if (text === '\u2068') match = true;
    else if (text === '\u2069') match = false;
    else if (text) out.push({ text, match });
  }
  return out;
}

/** Folds case and accents, so that `Zurich` finds `Zürich`. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** How well `text` answers to typed words: lower is better, null when a word is missing. */
export function rank(text: string, typed: string): number | null {
  const folded = fold(text);
  let sum = 0;
  for (const word of fold(typed).split(/\s+/)) {
    if (!word) continue;
    const at = folded.indexOf(word);
    if (at < 0) return null;
    const starts = at === 0 || /[\s/·:_.-]/.test(folded[at - 1] ?? '');
    sum += at + (starts ? 0 : 100);
  }
  return sum + folded.length / 1000;
}

/** A title for a chat that has none yet. */
export function titleOf(chat: { title: string; kind: string }): string {
  if (chat.title) return chat.title;
  return chat.kind === 'temporary'
    ? 'Temporary chat'
    : chat.kind === 'incognito'
      ? 'Incognito chat'
      : 'New chat';
}
