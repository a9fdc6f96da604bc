// The facts of the timeline: which clock, which span, and the pages that were loaded, window by window. One for each
// open tab; `strip` is what the backend counted.
import type { Fact } from '$gen/Fact';
import type { MemoryFilter } from '$gen/MemoryFilter';
import type { Error as AppError } from '$gen/Error';
import type { StripBar } from '$gen/StripBar';
import { asError, host } from '$host';
import { PAGE, barAt, locate } from '$lib/timeline';
import type { Clock } from '$lib/timeline';
import type { Bank } from '$lib/memoryFilter';

export class Timeline {
  clock: Clock = $state('occurred_start');
  /** The span that was zoomed to; null shows all. */
  span: { from: string; to: string } | null = $state.raw(null);
  error: AppError | null = $state.raw(null);
  /** Loaded rows by their number. Grows by pages; a new strip begins anew. */
  rows: ReadonlyMap<number, Fact> = $state.raw(new Map());
  /** Grows with each new strip. */
  round = $state(0);
  #bars: readonly StripBar[] = [];
  #asked = new Set<string>();

  /** Takes a new strip: what was loaded before may lie elsewhere now. */
  begin(bars: readonly StripBar[]) {
    this.round += 1;
    this.#bars = bars;
    this.#asked.clear();
    this.rows = new Map();
    this.error = null;
  }

  /** Loads what is missing of these rows. */
  ensure(bank: Bank, filter: MemoryFilter, from: number, to: number) {
    for (let row = Math.max(0, from); row <= to;) {
      const place = locate(this.#bars, row);
      if (!place) return;
      const key = `${place.bar.from} ${place.offset}`;
      if (!this.#asked.has(key)) {
        this.#asked.add(key);
        void this.#load(bank, filter, place.bar, place.offset, place.first, key);
      }
      row = place.first + place.count;
    }
  }

  async #load(bank: Bank, filter: MemoryFilter, bar: StripBar, offset: number, first: number, key: string) {
    const round = this.round;
    try {
      const page = await host.call('memory.list', {
        ...bank,
        filter: {
          ...filter,
          timeField: this.clock,
          startDate: bar.from,
          endDate: bar.to,
          limit: PAGE,
          offset,
        },
      });
      if (round !== this.round) return;
      const rows = new Map(this.rows);
      page.items.forEach((fact, index) => rows.set(first + index, fact));
      this.rows = rows;
    } catch (thrown) {
      if (round !== this.round) return;
      this.#asked.delete(key);
      this.error = asError(thrown);
    }
  }

  /** The number of the first row that is not later than a moment; null when the strip does not hold it. */
  async rowAt(bank: Bank, filter: MemoryFilter, moment: number): Promise<number | null> {
    const found = barAt(this.#bars, moment);
    if (!found) return null;
    const later = await host.call('memory.list', {
      ...bank,
      filter: {
        ...filter,
        timeField: this.clock,
        startDate: new Date(moment).toISOString(),
        endDate: found.bar.to,
        limit: 0,
      },
    });
    return found.before + (later.total ?? 0);
  }
}
