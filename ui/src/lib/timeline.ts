// Facts in time: which window of the strip holds which row of the list, what a bar is called, where months begin.
// Pure; the list is loaded window by window, so that the row of a bank's hundred thousandth fact costs one page.
import type { Fact } from '$gen/Fact';
import type { StripBar } from '$gen/StripBar';
import type { StripUnit } from '$gen/StripUnit';

export type Clock = 'occurred_start' | 'mentioned_at' | 'created_at';

/** Facts of one request. */
export const PAGE = 100;

/** A page of a window: the rows `first` to `first + count` of the list. */
export interface Place {
  bar: StripBar;
  offset: number;
  first: number;
  count: number;
}

/** The page that holds a row; the list has the latest bar first. Null past the end. */
export function locate(bars: readonly StripBar[], row: number): Place | null {
  let first = 0;
  for (let at = bars.length - 1; at >= 0; at -= 1) {
    const bar = bars[at];
    if (!bar) continue;
    if (row < first + bar.count) {
      const offset = Math.floor((row - first) / PAGE) * PAGE;
      return { bar, offset, first: first + offset, count: Math.min(PAGE, bar.count - offset) };
    }
    first += bar.count;
  }
  return null;
}

/** How many rows the list has. */
export const rowsOf = (bars: readonly StripBar[]): number => bars.reduce((sum, bar) => sum + bar.count, 0);

/** The bar that holds a moment, and how many rows the later bars have. */
export function barAt(bars: readonly StripBar[], moment: number): { bar: StripBar; before: number } | null {
  let before = 0;
  for (let at = bars.length - 1; at >= 0; at -= 1) {
    const bar = bars[at];
    if (!bar) continue;
    if (Date.parse(bar.from) <= moment) return Date.parse(bar.to) > moment ? { bar, before } : null;
    before += bar.count;
  }
  return null;
}

/** The time of a fact by a clock; null when it has none. */
export function timeOf(fact: Fact, clock: Clock): string | null {
  const at = {
    occurred_start: fact.occurredStart,
    mentioned_at: fact.mentionedAt,
    created_at: fact.createdAt,
  }[clock];
  return at !== null && !Number.isNaN(Date.parse(at)) ? at : null;
}

const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const hourFormat = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const monthFormat = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' });
const dayInMonth = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric' });

/** What a bar is called. */
export function barLabel(bar: StripBar, unit: StripUnit): string {
  const from = new Date(bar.from);
  const last = new Date(Date.parse(bar.to) - 1);
  switch (unit) {
    case 'hour':
      return hourFormat.format(from);
    case 'day':
      return dayFormat.format(from);
    case 'month':
      return monthFormat.format(from);
    case 'year':
      return String(from.getFullYear());
    default:
      return `${dayFormat.format(from)} – ${dayFormat.format(last)}`;
  }
}

export const monthOf = (at: string): string => monthFormat.format(new Date(at));
export const dayOf = (at: string): string => dayInMonth.format(new Date(at));

/** Heights of bars from 0 to 1. A bar with one fact beside one with a thousand is still to be seen. */
export function heights(bars: readonly StripBar[]): number[] {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  return bars.map(({ count }) => (count === 0 ? 0 : Math.max(0.06, count / most)));
}
