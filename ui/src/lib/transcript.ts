// What the transcript says about messages and turns: headings, chips, clamping, guesses of heights, and how
// sending changes the visible path. Pure.
import type { ChatKind } from '$gen/ChatKind';
import type { Message } from '$gen/Message';
import type { MessageHead } from '$gen/MessageHead';
import type { MemoryOff } from '$gen/MemoryOff';
import type { MemoryOutcome } from '$gen/MemoryOutcome';
import type { Part } from '$gen/Part';
import type { RetainSkip } from '$gen/RetainSkip';
import type { StartedTurn } from '$gen/StartedTurn';
import type { Turn } from '$gen/Turn';
import type { Usage } from '$gen/Usage';
import { count, number, time } from './format';
import type { Said } from './record';

/** The text of a message as it was written, its text parts joined. */
export function textOf(parts: readonly Part[]): string {
  return parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n\n');
}

/** The tokens of a turn in a line, e.g. `1,240 in (900 from cache) · 310 out (120 reasoning)`; only what is known. */
export function usageSaid({ input, output, cacheRead, reasoning }: Usage): string {
  const said: string[] = [];
  if (input !== null)
    said.push(`${number(input)} in${cacheRead ? ` (${number(cacheRead)} from cache)` : ''}`);
  if (output !== null)
    said.push(`${number(output)} out${reasoning ? ` (${number(reasoning)} reasoning)` : ''}`);
  return said.join(' · ');
}

/** What memory did, in the words of a chip; null while it is not known. */
export function outcomeChip(outcome: MemoryOutcome | null): Said | null {
  if (outcome === null) return null;
  switch (outcome.kind) {
    case 'used':
      return { tone: 'memory', words: count(outcome.count, 'memory') };
    case 'empty':
      return { tone: 'neutral', words: outcome.new_bank ? 'new bank' : 'nothing found' };
    case 'taken_out':
      return { tone: 'neutral', words: 'memory taken out' };
    case 'failed':
      return { tone: 'warn', words: `memory failed: ${cause(outcome.error.code)}` };
    case 'off':
      return { tone: 'neutral', words: `memory off: ${OFF[outcome.why]}` };
  }
}

/** What the chip shows of a turn that is over and of which nobody noted what memory did. That is none of the others. */
export const OUTCOME_UNKNOWN: Said = { tone: 'neutral', words: 'memory not known' };

/** Why memory was not asked, in a word or two. */
const OFF: Record<MemoryOff, string> = {
  setting: 'switched off',
  incognito: 'incognito',
  temporary: 'temporary',
  excluded_model: 'model left out',
  no_server: 'no memory',
  no_query: 'no words',
  tools: 'by its tools',
};

/** Why memory failed, in a word or two; the sentence is in the right pane. */
function cause(code: string): string {
  const words: Record<string, string> = {
    timeout: 'too slow',
    networkUnreachable: 'not reachable',
    authFailed: 'key refused',
    permissionDenied: 'not allowed',
    serverIncompatible: 'server too old',
    notConfigured: 'not set up',
    rateLimited: 'rate limited',
    overloaded: 'server in trouble',
    notFound: 'not found',
  };
  return words[code] ?? 'see why';
}

/** The name of a message for screen readers and headings, e.g. `Answer, 10:41, 3 memories`. */
export function messageName(head: MessageHead, turn: Turn | undefined): string {
  if (head.role === 'user') return `You, ${time(head.createdAt)}`;
  const said = outcomeChip(turn?.memory ?? null);
  return ['Answer', time(head.createdAt), ...(said ? [said.words] : [])].join(', ');
}

/** A text cut before it is drawn, with how much of it is shown. */
export interface Clamped {
  text: string;
  /** Whether something was cut. */
  cut: boolean;
}

/** Most lines of a message of one's own before it is folded. */
export const MAX_LINES = 40;
/** Most characters before it is folded, about forty full lines. */
export const MAX_CHARS = 4000;
/** How many characters each "show more" adds: a text node of this size is laid out within a frame. */
export const MORE_CHARS = 50_000;

/** Cuts a text to some lines and characters. `steps` is how often more was asked for; lines count only at 0. */
export function clamp(text: string, steps: number): Clamped {
  const limit = steps === 0 ? MAX_CHARS : MAX_CHARS + steps * MORE_CHARS;
  let end = Math.min(text.length, limit);
  if (steps === 0) {
    let at = -1;
    for (let line = 0; line < MAX_LINES; line += 1) {
      at = text.indexOf('\n', at + 1);
      if (at < 0 || at >= end) break;
      if (line === MAX_LINES - 1) end = at;
    }
  }
  // Never between the halves of a surrogate pair.
  if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1] ?? '')) end -= 1;
  return { text: text.slice(0, end), cut: end < text.length };
}

/** A guess at the height of a message in CSS pixels, from its size in bytes, for rows that are not loaded. */
export function guessHeight(bytes: number): number {
  const lines = Math.ceil(bytes / 80);
  return Math.min(1200, 76 + lines * 22);
}

/** Lines of a skeleton that fill a guessed height. */
export function skeletonLines(bytes: number): number {
  return Math.min(40, Math.max(1, Math.floor((guessHeight(bytes) - 60) / 22)));
}

/** The turn a message belongs to: its own, or for a question the one that answers it. */
export function turnAt(path: readonly MessageHead[], index: number): string | null {
  const head = path[index];
  if (!head) return null;
  return head.turnId ?? path[index + 1]?.turnId ?? null;
}

/** The turn of the answer before a row; null when there is none. */
export function turnBefore(path: readonly MessageHead[], index: number): string | null {
  for (let at = index - 1; at >= 0; at -= 1) {
    const head = path[at];
    if (head?.role === 'assistant') return head.turnId;
  }
  return null;
}

/** A head for a message that was just made. */
function headOf(message: Message, siblings: number, siblingIndex: number): MessageHead {
  return {
    id: message.id,
    role: message.role,
    turnId: message.turnId,
    bytes: textOf(message.parts).length,
    siblings,
    siblingIndex,
    createdAt: message.createdAt,
  };
}

/**
 * The visible path after a turn began: a new question at the end, an edited one beside the old, or another
 * answer to the same question. What followed the edited message is on another branch now.
 */
export function pathAfter(
  path: readonly MessageHead[],
  started: StartedTurn,
  edited: string | null,
): MessageHead[] {
  const { question, answer, also } = started;
  const asked = path.findIndex((head) => head.id === question.id);
  if (asked >= 0) {
    const kept = path.slice(0, asked + 1);
    const old = path[asked + 1]?.siblings ?? 0;
    return [...kept, headOf(answer, old + 1 + also.length, old)];
  }
  const cut = edited === null ? -1 : path.findIndex((head) => head.id === edited);
  const beside = path[cut]?.siblings ?? 0;
  const kept = cut < 0 ? path : path.slice(0, cut);
  return [...kept, headOf(question, beside + 1, beside), headOf(answer, 1 + also.length, 0)];
}

/** Ids that are to be fetched so that rows `from` to `to` and some around them are whole; at most `most`. */
export function missing(
  path: readonly MessageHead[],
  has: (id: string) => boolean,
  from: number,
  to: number,
  most: number,
): string[] {
  const reach = Math.max(0, Math.floor((most - (to - from + 1)) / 2));
  const wanted = path.slice(Math.max(0, from), to + 1).map((head) => head.id);
  if (wanted.every(has)) {
    // Nothing is missing in sight; what comes within a screen or two is fetched ahead.
    const near = path.slice(Math.max(0, from - 20), to + 21);
    if (near.every((head) => has(head.id))) return [];
  }
  const around = path.slice(Math.max(0, from - reach), to + 1 + reach);
  return around
    .map((head) => head.id)
    .filter((id) => !has(id))
    .slice(0, most);
}

/** Fenced code blocks of a markdown text, in order. */
export function codeBlocks(markdown: string): string[] {
  const blocks: string[] = [];
  let fence: string | null = null;
  let lines: string[] = [];
  for (const line of markdown.split('\n')) {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === null && mark) {
      fence = mark;
      lines = [];
    } else if (fence !== null && mark?.startsWith(fence) && line.trim() === mark) {
      blocks.push(lines.join('\n'));
      fence = null;
    } else if (fence !== null) lines.push(line);
  }
  if (fence !== null) blocks.push(lines.join('\n'));
  return blocks;
}

/** Whether a reason goes without saying, because the banner over the chat says it for all messages. */
export function goesWithoutSaying(why: MemoryOff | RetainSkip, kind: ChatKind | undefined): boolean {
  return (why === 'incognito' || why === 'temporary') && why === kind;
}

/** The rows whose text has some words, upper and lower case alike. Rows that are not loaded have none. */
export function rowsWith(
  path: readonly MessageHead[],
  message: (id: string) => Message | undefined,
  typed: string,
): number[] {
  const words = typed.trim().toLowerCase();
  if (!words) return [];
  return path.flatMap((head, row) => {
    const parts = message(head.id)?.parts ?? [];
    return textOf(parts).toLowerCase().includes(words) ? [row] : [];
  });
}
