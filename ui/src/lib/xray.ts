// The exact request, coloured and lettered by origin: tags, totals, folding. Pure. Nothing here changes a
// byte; folding only decides what is drawn at first.

import type { Origin } from '$gen/Origin';
import type { Segment } from '$gen/Segment';

/** Kinds of origins, plus the wire's own syntax. */
export type OriginKind = Origin['kind'] | 'syntax';

/** The letter and the words of each kind. Colour comes on top of the letter, never instead of it. */
export const ORIGINS: Record<OriginKind, { letter: string; label: string }> = {
  system: { letter: 'S', label: 'system prompt' },
  memory_frame: { letter: 'F', label: 'memory block’s frame' },
  memory: { letter: 'M', label: 'memory' },
  reflect: { letter: 'R', label: 'reflect’s paragraph' },
  hand: { letter: 'L', label: 'your own lines in the block' },
  history: { letter: 'H', label: 'earlier message' },
  user: { letter: 'U', label: 'your message' },
  attachment: { letter: 'A', label: 'attachment' },
  tool: { letter: 'D', label: 'tool’s definition' },
  tool_result: { letter: 'T', label: 'tool’s answer' },
  syntax: { letter: '{}', label: 'the wire’s own syntax' },
};

/** In which order kinds are listed. */
export const ORIGIN_ORDER = Object.keys(ORIGINS) as OriginKind[];

/** The kind of a segment's origin. */
export function kindOf(origin: Origin | null): OriginKind {
  return origin?.kind ?? 'syntax';
}

/** The tag that stands before a segment: `S`, `M3`, `U`; empty for syntax, which needs none. */
export function letterOf(origin: Origin | null): string {
  if (origin === null) return '';
  const { letter } = ORIGINS[origin.kind];
  return origin.kind === 'memory' ? `${letter}${origin.index}` : letter;
}

/** A piece of a body as it is read: the escapes of JSON undone; as it is where it is no part of a JSON string. */
export function readable(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}

const encoder = new TextEncoder();

/** Size of a text in UTF-8 bytes. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** What a kind of origin takes of a request. */
export interface OriginTotal {
  kind: OriginKind;
  /** How many runs of bytes. */
  runs: number;
  /** UTF-8 bytes after JSON escaping. */
  bytes: number;
  /** Share of the body, 0 to 1. */
  share: number;
  /** Tokens, counted as o200k; null when none of its runs can be counted. */
  tokens: number | null;
}

/** Adds up bytes and tokens by kind, in the order of `ORIGIN_ORDER`; kinds that are absent are left out. */
export function totals(segments: readonly Segment[]): OriginTotal[] {
  const sums = new Map<OriginKind, { runs: number; bytes: number; tokens: number | null }>();
  let whole = 0;
  for (const segment of segments) {
    const kind = kindOf(segment.origin);
    const sum = sums.get(kind) ?? { runs: 0, bytes: 0, tokens: null };
    const bytes = byteLength(segment.text);
    sum.runs += 1;
    sum.bytes += bytes;
    if (segment.tokens !== null) sum.tokens = (sum.tokens ?? 0) + segment.tokens;
    whole += bytes;
    sums.set(kind, sum);
  }
  return ORIGIN_ORDER.flatMap((kind) => {
    const sum = sums.get(kind);
    return sum === undefined ? [] : [{ kind, ...sum, share: whole === 0 ? 0 : sum.bytes / whole }];
  });
}

/** A segment as it is drawn. */
export interface Drawn {
  type: 'segment';
  /** Its place among all segments. */
  index: number;
  kind: OriginKind;
  letter: string;
  /** The bytes that are drawn, exactly as sent; empty when the segment is folded away whole. */
  text: string;
  /** The end that is drawn after the fold, exactly as sent. */
  tail: string;
  /** UTF-16 units that are folded away between `text` and `tail`; 0 when all is drawn. */
  hidden: number;
  /** What is folded away, when it is not plain text. */
  what: 'text' | 'attachment';
  /** The memory it is the text of. */
  memoryId: string | null;
}

/** A run of segments in the middle of the history that is not drawn at first. */
export interface Gap {
  type: 'gap';
  /** First segment of the gap. */
  from: number;
  /** One past its last segment. */
  to: number;
  /** Earlier messages in it. */
  messages: number;
  /** Its UTF-8 bytes. */
  bytes: number;
}

/** A segment longer than this is folded until it is opened. */
export const CLAMP = 1200;
/** More runs of history than this open as a gap, so that a long chat does not fill the page. */
export const MANY = 60;

/** What has been opened by hand: segments by index, gaps by their first segment. */
export interface Opened {
  segments: ReadonlySet<number>;
  gaps: ReadonlySet<number>;
}

/** Cuts a text in two without tearing a surrogate pair. */
function cut(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code <= 0xdbff ? at - 1 : at;
}

function draw(segment: Segment, index: number, open: boolean): Drawn {
  const kind = kindOf(segment.origin);
  const attachment = kind === 'attachment';
  const limit = attachment ? 0 : CLAMP;
  // A memory is what people came to see, and its size has a limit of its own.
  const fold = !open && kind !== 'memory' && segment.text.length > (attachment ? 200 : CLAMP);
  const head = fold ? cut(segment.text, limit) : segment.text.length;
  const tail = fold && !attachment ? cut(segment.text, segment.text.length - 120) : segment.text.length;
  return {
    type: 'segment',
    index,
    kind,
    letter: letterOf(segment.origin),
    text: segment.text.slice(0, head),
    tail: segment.text.slice(Math.max(tail, head)),
    hidden: fold ? Math.max(tail, head) - head : 0,
    what: attachment ? 'attachment' : 'text',
    memoryId: segment.origin?.kind === 'memory' ? segment.origin.id : null,
  };
}

/** Decides what is drawn: long segments are clamped, a long history opens as one gap. */
export function layout(segments: readonly Segment[], opened: Opened): (Drawn | Gap)[] {
  const history = segments.flatMap((segment, index) => (segment.origin?.kind === 'history' ? [index] : []));
  const middle = history.length > MANY ? history.slice(4, -4) : [];
  const from = middle[0] ?? -1;
  const to = (middle.at(-1) ?? -2) + 1;
  const gap = from >= 0 && !opened.gaps.has(from);
  const items: (Drawn | Gap)[] = [];
  segments.forEach((segment, index) => {
    if (gap && index >= from && index < to) {
      if (index !== from) return;
      const inside = segments.slice(from, to);
      const bytes = inside.reduce((sum, one) => sum + byteLength(one.text), 0);
      items.push({ type: 'gap', from, to, messages: middle.length, bytes });
    } else {
      items.push(draw(segment, index, opened.segments.has(index)));
    }
  });
  return items;
}
