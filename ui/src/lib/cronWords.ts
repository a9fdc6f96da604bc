// Five cron fields in words. Our own, since the library for it assigns to `toString` of its exports, which the window's
// frozen prototypes forbid: the whole page would not start. What has no short words is said field by field.

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const day = (text: string) => name(text, DAYS, 0, 7);
const month = (text: string) => name(text, MONTHS, 1, 12);

/** E.g. `At 06:00, Monday through Friday`. The fields are known to be well formed. */
export function cronWords(fields: readonly string[]): string {
  const [minute = '*', hour = '*', date = '*', months = '*', weekday = '*'] = fields;
  const parts = [time(minute, hour)];
  const either = date !== '*' && weekday !== '*';
  if (date !== '*') parts.push(`on day ${list(date, (text) => text)} of the month`);
  if (weekday !== '*') parts.push(`${either ? 'or ' : ''}${list(weekday, day)}`);
  if (months !== '*') parts.push(`in ${list(months, month)}`);
  return parts.join(', ');
}

function time(minute: string, hour: string): string {
  const [m, h] = [number(minute), number(hour)];
  if (m !== null && h !== null) return `At ${two(h)}:${two(m)}`;
  const every = /^\*\/(\d+)$/.exec(minute)?.[1];
  const minutes =
    minute === '*'
      ? 'Every minute'
      : every !== undefined
        ? `Every ${every} minutes`
        : `At minute ${list(minute, (text) => text)} of the hour`;
  if (hour === '*') return minutes;
  const range = /^(\d+)-(\d+)$/.exec(hour);
  if (range) return `${minutes}, between ${two(Number(range[1]))}:00 and ${two(Number(range[2]))}:59`;
  const hours = /^\*\/(\d+)$/.exec(hour)?.[1];
  if (hours !== undefined) return `${minutes}, every ${hours} hours`;
  return `${minutes}, in the hours ${list(hour, (text) => text)}`;
}

/** A list of values, ranges and steps in words. */
function list(field: string, word: (text: string) => string): string {
  const parts = field.split(',').map((part) => {
    const [span = '', step] = part.split('/');
    const [from = '', to] = span.split('-');
    const said = span === '*' ? 'any' : to === undefined ? word(from) : `${word(from)} through ${word(to)}`;
    return step === undefined ? said : `every ${step} of ${said}`;
  });
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

function name(text: string, names: readonly string[], first: number, size: number): string {
  const at = number(text);
  if (at !== null) return names[(at - first + size) % size] ?? text;
  return names.find((one) => one.toLowerCase().startsWith(text.toLowerCase())) ?? text;
}

const number = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);
const two = (n: number): string => String(n).padStart(2, '0');
