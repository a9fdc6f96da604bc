// Points in time as people type them: ISO 8601, whole or in part, and back. Pure; the editor of a memory uses it.
// Facts are dated in UTC, and so is what is typed, unless it names an offset.

const PATTERN =
  /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?)?)?$/i;

/** What a typed time means: nothing, a moment in ISO 8601, or no time at all. */
export type Typed = { kind: 'none' } | { kind: 'at'; iso: string } | { kind: 'wrong' };

const two = (n: number) => String(n).padStart(2, '0');

/**
 * Reads a typed time. A date in part means its first moment, or its last with `end`: `2024-05` is the first of May or
 * the end of its last day.
 */
export function readWhen(text: string, end = false): Typed {
  const typed = text.trim().replace(/\s*UTC$/i, 'Z');
  if (typed === '' || typed === 'Z') return { kind: 'none' };
  const found = PATTERN.exec(typed);
  if (!found) return { kind: 'wrong' };
  const [, year, month, day, hour, minute, second, zone] = found;
  const number = (part: string | undefined, otherwise: number) =>
    part === undefined ? otherwise : Number(part);
  const [y, m, d] = [Number(year), number(month, 1), number(day, 1)];
  if (m < 1 || m > 12 || d < 1 || d > new Date(Date.UTC(y, m, 0)).getUTCDate()) return { kind: 'wrong' };
  if (hour !== undefined) {
    const [h, min, s] = [Number(hour), Number(minute), number(second, 0)];
    if (h > 23 || min > 59 || s > 59) return { kind: 'wrong' };
    const offset = zone === undefined || /^z$/i.test(zone) ? '+00:00' : zone.replace(/^([+-]\d{2}):?/, '$1:');
    return { kind: 'at', iso: `${year}-${two(m)}-${two(d)}T${two(h)}:${two(min)}:${two(s)}${offset}` };
  }
  if (!end) return { kind: 'at', iso: `${year}-${two(m)}-${two(d)}T00:00:00+00:00` };
  const lastMonth = month === undefined ? 12 : m;
  const lastDay = day === undefined ? new Date(Date.UTC(y, lastMonth, 0)).getUTCDate() : d;
  return { kind: 'at', iso: `${year}-${two(lastMonth)}-${two(lastDay)}T23:59:59+00:00` };
}

/** A time as it is typed: a date alone when it is one, else with the time of day in UTC. What is no time stays. */
export function writeWhen(iso: string | null, end = false): string {
  if (iso === null || iso === '') return '';
  const date = new Date(iso);
  if (Number.isNaN(date.valueOf())) return iso;
  const text = date.toISOString();
  const time = text.slice(11, 19);
  if (time === '00:00:00' || (end && time === '23:59:59')) return text.slice(0, 10);
  return `${text.slice(0, 10)} ${time.endsWith(':00') ? time.slice(0, 5) : time}`;
}

/** Whether two times are the same moment, whatever their spelling. */
export function sameWhen(a: string | null, b: string | null): boolean {
  const none = (text: string | null) => text === null || text === '';
  if (none(a) || none(b)) return none(a) === none(b);
  const [x, y] = [Date.parse(a ?? ''), Date.parse(b ?? '')];
  if (Number.isNaN(x) || Number.isNaN(y)) return a === b;
  // Servers keep seconds; fractions that were never typed are no change.
  return Math.floor(x / 1000) === Math.floor(y / 1000);
}
