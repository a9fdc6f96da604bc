// Numbers, sizes, spans and times as the page writes them: exact, with a unit, in the person's own locale.
// Pure; components for times and ids are RelTime and ShortId.

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 });
const NARROW_SPACE = '\u202f';

/** A count with its noun: `1 memory`, `4 memories`. The plural is made for the nouns this product uses. */
export function count(n: number, noun: string): string {
  return `${whole.format(n)} ${n === 1 ? noun : plural(noun)}`;
}

function plural(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  if (/(s|x|ch|sh)$/.test(noun)) return `${noun}es`;
  return `${noun}s`;
}

/** A number with the locale's separators. */
export function number(n: number): string {
  return whole.format(n);
}

/** A number for a narrow column: exact below ten million, else in three digits (`2.6B`). */
export function narrow(n: number): string {
  return n < 10_000_000 ? number(n) : compact.format(n);
}

/** Tokens, exact: `212 tokens`. */
export function tokens(n: number): string {
  return count(n, 'token');
}

/** Tokens to be read at a glance, in thousands: `812`, `12.4k`, `128k`, `1.05M`. The exact figure belongs in a tip. */
export function short(n: number): string {
  if (n < 1000) return String(Math.round(n));
  if (n < 99_950) return `${trimmed(n / 1000, 1)}k`;
  if (n < 999_500) return `${Math.round(n / 1000)}k`;
  return `${trimmed(n / 1_000_000, 2)}M`;
}

const trimmed = (n: number, digits: number): string => String(Number(n.toFixed(digits)));

/** US dollars as people read them: cents with two figures below one cent, `0.4 ¢`, else dollars, `$0.012`, `$1.25`. */
export function money(usd: number): string {
  if (usd === 0) return '$0';
  const cents = usd * 100;
  if (cents < 0.001) return `under 0.001${NARROW_SPACE}¢`;
  if (cents < 0.995) return `${Number(cents.toPrecision(2))}${NARROW_SPACE}¢`;
  return usd < 0.0995 ? `$${usd.toFixed(3)}` : `$${usd.toFixed(2)}`;
}

/** A span in milliseconds: `18 ms`, `1.2 s`, `2 min 5 s`. Below a second exact, then rounded to be read. */
export function ms(n: number): string {
  if (n < 10 && n % 1 !== 0) return `${n.toFixed(1)}${NARROW_SPACE}ms`;
  if (n < 1000) return `${Math.round(n)}${NARROW_SPACE}ms`;
  if (n < 59_950) return `${(n / 1000).toFixed(1)}${NARROW_SPACE}s`;
  const seconds = Math.round(n / 1000);
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)}${NARROW_SPACE}min${rest ? ` ${rest}${NARROW_SPACE}s` : ''}`;
}

/** A size in bytes, in powers of 1,000 as disks are sold: `812 B`, `1.2 MB`. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)}${NARROW_SPACE}${units[unit]}`;
}

/** Keeps both ends of a text and cuts its middle, so that at most `n` characters remain. */
export function middle(text: string, n: number): string {
  if (text.length <= n) return text;
  const head = Math.ceil((n - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (n - 1 - head))}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const dayOf = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const yearOf = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

/** Time of day: `10:41`. Anything that is no date comes back as it is. */
export function time(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.valueOf()) ? at : clock.format(date);
}

/** Everything about a point in time, for hovering. */
export function absolute(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.valueOf()) ? at : full.format(date);
}

/** How long ago, short: `now`, `4 min ago`, `3 h ago`, `in 40 s`; older than a week: the date. */
export function ago(at: string, now: number = Date.now()): string {
  const date = new Date(at);
  if (Number.isNaN(date.valueOf())) return at;
  const seconds = Math.round((now - date.valueOf()) / 1000);
  const size = Math.abs(seconds);
  const past = seconds >= 0;
  if (size < 5) return 'now';
  const worded = (n: number, unit: string) => (past ? `${n} ${unit} ago` : `in ${n} ${unit}`);
  if (size < 60) return past ? 'under 1 min ago' : worded(size, 's');
  if (size < 3600) return worded(Math.floor(size / 60), 'min');
  if (size < 86_400) return worded(Math.floor(size / 3600), 'h');
  if (size < 7 * 86_400) return worded(Math.floor(size / 86_400), 'd');
  return (date.getFullYear() === new Date(now).getFullYear() ? dayOf : yearOf).format(date);
}
