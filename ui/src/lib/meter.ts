// What memory took in a chat, in sums and words. Pure. Tokens of memory and its money are estimates of ours; what the cache
// read and wrote is the provider's word, and absent where it said nothing.
import type { ChatMeter } from '$gen/ChatMeter';
import type { MeterTurn } from '$gen/MeterTurn';
import type { Placement } from '$gen/Placement';
import type { PlacementSum } from '$gen/PlacementSum';
import type { RequestDifference } from '$gen/RequestDifference';
import { count, money, number } from './format';

/** Sums over the turns that tell; null when none does. */
export interface MeterSums {
  memoryTokens: number | null;
  memoryUsd: number | null;
  memoryMs: number | null;
  input: number | null;
  cacheRead: number | null;
  usd: number | null;
  /** Whether a token count in that cost is ours. */
  usdEstimated: boolean;
}

function add(turns: readonly MeterTurn[], of: (turn: MeterTurn) => number | null): number | null {
  const known = turns.map(of).filter((value): value is number => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** Adds up the turns of a chat. */
export function sums(turns: readonly MeterTurn[]): MeterSums {
  return {
    memoryTokens: add(turns, (turn) => turn.memoryTokens),
    memoryUsd: add(turns, (turn) => turn.memoryUsd),
    memoryMs: add(turns, (turn) => turn.memoryMs),
    input: add(turns, (turn) => turn.input),
    cacheRead: add(turns, (turn) => turn.cacheRead),
    usd: add(turns, (turn) => turn.usd),
    usdEstimated: turns.some((turn) => turn.usd !== null && turn.usdEstimated),
  };
}

/** How many turns say something of a figure. */
export function telling(turns: readonly MeterTurn[], of: keyof MeterTurn): number {
  return turns.filter((turn) => turn[of] !== null).length;
}

/** Sentences about the prefix. */
export interface PrefixSaid {
  /** What the record tells. */
  exact: string;
  /** What is counted here; empty when there is nothing. */
  about: string;
  /** What that cost, by the price list; empty when nothing was read again. */
  cost: string;
}

const MEMORY = ['memory', 'memory_frame', 'reflect', 'hand'];

/**
 * What memory did to the prefix of a request, in sentences, what is exact apart from what is counted here: memory is the cause when its bytes stand at the first
 * difference, now or in the request before.
 */
export function prefixSaid(changes: RequestDifference, bytes: number): PrefixSaid {
  const at = `byte ${number(changes.sameBytes)}`;
  if (changes.sameBytes >= bytes) return { exact: 'Nothing in the prefix changed.', about: '', cost: '' };
  const here = changes.first !== null && MEMORY.includes(changes.first.kind);
  const then = changes.firstBefore !== null && MEMORY.includes(changes.firstBefore.kind);
  if (!here && !then)
    return {
      exact: `The prefix is the same up to ${at}; what changed there is not memory.`,
      about: '',
      cost: '',
    };
  const exact = `Memory changed the prefix at ${at}.`;
  if (changes.againTokens === 0)
    return { exact: `${exact} Nothing behind it had to be read again.`, about: '', cost: '' };
  const about = `Behind it about ${count(changes.againTokens, 'token')} that had been sent before had to be read again.`;
  const cost =
    changes.againUsd === null
      ? 'What that cost is not known: the price list has no price of a cache for this model.'
      : `By the price list that cost ${roughly(changes.againUsd)} more than from the provider’s cache.`;
  return { exact, about, cost };
}

function roughly(usd: number): string {
  const told = money(usd);
  return told.startsWith('under') ? told : `about ${told}`;
}

/** Why one would choose a placement, and what it costs beside money. */
export const WHY: Record<Placement, string> = {
  own_block:
    'The default: every message gets fresh memories, corrected ones are gone at once, and nothing before the last exchange changes.',
  system_message:
    'As hindsight-litellm does. Models heed it most, and one other memory makes the whole conversation new to the cache.',
  prepend_user:
    'As hindsight-litellm’s prepend_user does. For models that take no system message in mid conversation.',
  pinned_per_chat:
    'Recalled once, kept from then on. Cheapest, and blind to what the talk turns to and to what is learned or corrected later.',
  only_new:
    'Each message keeps its block and gets only what no block before has. Nothing is paid twice; what was corrected since stays in the old block.',
};

/** The placements with the cheapest first: by money where prices are known, else by tokens that no cache could serve. */
export function ranked(placements: readonly PlacementSum[]): PlacementSum[] {
  const cost = (one: PlacementSum) => one.usd ?? one.input - one.cached;
  return placements.toSorted((a, b) => cost(a) - cost(b));
}

/** Whether there is enough to compare: one turn has no request before it. */
export function comparable(meter: ChatMeter): boolean {
  return meter.turns.length > 1;
}
