// A schedule in five cron fields, UTC: what it says in words and when it runs next. Pure.
import { Cron } from 'croner';
import { cronWords } from './cronWords';

export interface Schedule {
  /** E.g. `At 06:00, Monday through Friday`. */
  words: string;
  /** The next runs; empty when the day never comes, such as 31 February. */
  next: Date[];
}

/** What every memory server takes in a field: numbers, `*`, ranges, steps, lists, names of months and days. */
const VALUE = '(?:\\d+|\\*|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)';
const PART = `${VALUE}(?:-${VALUE})?(?:/\\d+)?`;
const FIELD = new RegExp(`^${PART}(?:,${PART})*$`, 'i');

/** Reads a schedule; null when it is none. */
export function schedule(text: string, count = 3, now: Date = new Date()): Schedule | null {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 || !fields.every((field) => FIELD.test(field))) return null;
  const expression = fields.join(' ');
  try {
    return {
      words: cronWords(fields),
      next: new Cron(expression, { timezone: 'UTC', paused: true }).nextRuns(count, now),
    };
  } catch {
    return null;
  }
}

const inUtc = new Intl.DateTimeFormat(undefined, {
  timeZone: 'UTC',
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});

/** A run in the schedule's own zone. */
export const utc = (at: Date): string => `${inUtc.format(at)} UTC`;
