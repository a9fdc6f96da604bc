// Whether a message fits the models it goes to: what they cannot read, and how full their context is. What the catalogue
// does not know is never a reason to warn. Pure.
import type { ModelInfo } from '$gen/ModelInfo';
import type { Turn } from '$gen/Turn';
import { PDF } from './files';
import { money, number, short, tokens } from './format';
import { modelName } from './models';

/** What goes with a message. */
export interface Load {
  images: number;
  /** Types of the other files. */
  files: readonly string[];
  /** Whether memory tools are on. */
  tools: boolean;
}

/** Sentences about what the models cannot do with a message; none when all is well or nothing is known. */
export function misfits(load: Load, ids: readonly string[], models: readonly ModelInfo[]): string[] {
  return ids.flatMap((id) => {
    const facts = models.find((model) => model.id === id)?.facts;
    if (!facts) return [];
    const pdf = load.files.includes(PDF);
    const cannot = [
      ...(load.images > 0 && !facts.images ? ['reads no images'] : []),
      ...(pdf && !facts.files ? ['reads no PDF files'] : []),
      ...(load.tools && !facts.tools ? ['calls no tools, so memory tools are of no use to it'] : []),
    ];
    if (cannot.length === 0) return [];
    const last = cannot.pop();
    const said = cannot.length > 0 ? `${cannot.join(', ')} and ${last}` : last;
    return [`${modelName(id, models)} ${said}, as far as is known.`];
  });
}

/** How full a model's context is. */
export interface Gauge {
  /** Tokens of the last request and its answer: what the next request begins with. */
  used: number | null;
  /** Tokens that fit; null when nobody knows. */
  size: number | null;
  /** Share that is used, 0 to 1; null when one of both is unknown. */
  share: number | null;
  /** Whether four fifths are used. */
  warn: boolean;
  /** E.g. `12.4k of 128k`. */
  words: string;
  /** The same exactly, in a sentence. */
  detail: string;
}

/** From which share on the gauge warns. */
export const NEARLY_FULL = 0.8;

/** The gauge from the tokens of the last request and its answer, the size of the next model's context and that model's name. */
export function gauge(used: number | null, size: number | null, name: string): Gauge {
  const share = used === null || size === null || size <= 0 ? null : Math.min(1, used / size);
  const room =
    size === null ? `How much fits into ${name} is not known.` : `${tokens(size)} fit into ${name}.`;
  const had =
    used === null
      ? 'How many tokens the last request had is not known.'
      : `The last request and its answer had ${tokens(used)}.`;
  return {
    used,
    size,
    share,
    warn: share !== null && share >= NEARLY_FULL,
    words:
      size === null
        ? `${used === null ? 'size' : `${short(used)} · size`} unknown`
        : `${used === null ? '?' : short(used)} of ${short(size)}`,
    detail: `${had} ${room}`,
  };
}

/** What an answer cost, in a word, and the same with where it comes from. Null words mean: say nothing. */
export function costSaid(turn: Pick<Turn, 'cost' | 'state' | 'usage' | 'model'>): {
  words: string;
  detail: string;
} {
  const { cost } = turn;
  if (cost === null) return { words: '', detail: 'price not known' };
  const words = `${cost.estimated ? '≈ ' : ''}${money(cost.usd)}`;
  const counted = cost.estimated ? 'Some of its tokens are counted by Rearview, so it is an estimate.' : '';
  return { words, detail: `$${exact(cost.usd)} at prices of ${cost.pricesOf}. ${counted}`.trim() };
}

const exact = (usd: number): string => usd.toFixed(6).replace(/0+$/, '').replace(/\.$/, '');

/** What all known turns of a chat cost together. */
export interface Total {
  usd: number;
  /** Whether a part of it is estimated. */
  estimated: boolean;
  tokens: number;
  /** Answers whose price is not known. */
  unpriced: number;
}

/** Adds up turns. */
export function total(turns: Iterable<Turn>): Total {
  const sum: Total = { usd: 0, estimated: false, tokens: 0, unpriced: 0 };
  for (const { cost, usage } of turns) {
    if (cost === null) sum.unpriced += 1;
    else {
      sum.usd += cost.usd;
      sum.estimated ||= cost.estimated;
    }
    sum.tokens += (usage.input ?? 0) + (usage.output ?? 0);
  }
  return sum;
}

/** A total in words: `$0.12 · 34.1k tokens`, with what is missing from it. `known` of `all` answers are counted. */
export function totalSaid(sum: Total, known: number, all: number): string {
  if (known === 0) return 'no answer yet';
  const price =
    sum.unpriced >= known
      ? 'price not known'
      : `${sum.estimated || sum.unpriced > 0 || known < all ? '≈ ' : ''}${money(sum.usd)}`;
  const part = known < all ? ` · last ${number(known)} of ${number(all)} answers` : '';
  const unknown =
    sum.unpriced > 0 && sum.unpriced < known ? ` · ${number(sum.unpriced)} without a price` : '';
  return `${price} · ${short(sum.tokens)} tokens${unknown}${part}`;
}
