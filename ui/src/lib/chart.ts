// The numbers behind a bar chart: a round scale, stacked bars, which times are labelled. Pure; parts/BarChart draws.

/** A stretch of time with how much of each series fell into it. */
export interface Bucket {
  /** When it begins, ISO 8601. */
  time: string;
  counts: Readonly<Record<string, number>>;
}

/** A piece of a stacked bar, in counts from the bottom. */
export interface Piece {
  key: string;
  from: number;
  to: number;
}

/** How long a bucket is. */
export type Step = 'minute' | 'hour' | 'day';

const MS: Record<Step, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The step in a server's word; a day for words that are none. */
export const stepOf = (word: string | null | undefined): Step =>
  word === 'minute' || word === 'hour' ? word : 'day';

/**
 * A scale from 0 that ends at or above `most`, in steps of 1, 2 or 5 times a power of ten and of whole numbers,
 * with at most `lines` lines above 0. The last tick is the end of the scale.
 */
export function ticks(most: number, lines = 4): number[] {
  if (!(most > 0) || !Number.isFinite(most)) return [0, 1];
  const rough = most / lines;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power * 10);
  const ends = Math.ceil(most / step);
  return Array.from({ length: ends + 1 }, (_, n) => n * step);
}

/** What cannot be counted counts nothing: a server may say anything. */
const whole = (n: number | undefined): number => (n !== undefined && Number.isFinite(n) && n > 0 ? n : 0);

/** The pieces of a bar, in the order of the series; empty ones are left out. */
export function stack(bucket: Bucket, keys: readonly string[]): Piece[] {
  let at = 0;
  return keys.flatMap((key) => {
    const n = whole(bucket.counts[key]);
    if (n === 0) return [];
    const piece = { key, from: at, to: at + n };
    at += n;
    return [piece];
  });
}

/** All of a bucket. */
export const total = (bucket: Bucket, keys: readonly string[]): number =>
  keys.reduce((sum, key) => sum + whole(bucket.counts[key]), 0);

/**
 * Buckets from a start to an end without holes: servers leave out the empty ones of their logs. Times that are none are
 * left out; more than `cap` buckets are not made.
 */
export function filled(
  buckets: readonly Bucket[],
  start: string | null | undefined,
  step: Step,
  now: number = Date.now(),
  cap = 400,
): Bucket[] {
  const width = MS[step];
  const slot = (at: number) => Math.floor(at / width);
  const known = new Map<number, Bucket>();
  for (const bucket of buckets) {
    const at = Date.parse(bucket.time);
    if (!Number.isNaN(at)) known.set(slot(at), bucket);
  }
  const begin = Date.parse(start ?? '');
  const first = Number.isNaN(begin) ? Math.min(...known.keys()) : slot(begin);
  const last = Math.max(slot(now), ...known.keys());
  if (!Number.isFinite(first) || last < first) return [];
  const from = Math.max(first, last - cap + 1);
  return Array.from({ length: last - from + 1 }, (_, n) => {
    const at = from + n;
    return known.get(at) ?? { time: new Date(at * width).toISOString(), counts: {} };
  });
}

/** Which bars are labelled below: as many as there is room for, evenly, the last always. */
export function labelled(bars: number, room: number): Set<number> {
  const many = Math.max(1, Math.min(bars, Math.floor(room)));
  const every = Math.max(1, Math.ceil(bars / many));
  const at = new Set<number>();
  for (let n = bars - 1; n >= 0; n -= every) at.add(n);
  return at;
}

const minute = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const both = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** A bucket's time below its bar, short, or whole for tips and the table. */
export function timeOf(time: string, step: Step, long = false): string {
  const at = new Date(time);
  if (Number.isNaN(at.valueOf())) return time;
  if (long) return (step === 'day' ? date : both).format(at);
  return (step === 'day' ? day : minute).format(at);
}
