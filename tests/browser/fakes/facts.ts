// A bank of any number of facts for the scripted memory server: made as they are asked for, each hostile in its own way.
// What a real server filters is proved elsewhere; here are words, kind, tag, and the two ends of the list.

/** What stands in a fact's text after its number. */
const SAYINGS = [
  'Ana is vegetarian',
  'The flight to Lisbon leaves at 07:40',
  '<img src=x onerror=alert(1)><script>alert(2)</script>',
  'Rui owes 40 € for the tickets \u202e reversed',
  'a text of many words '.repeat(500),
];
const KINDS = ['world', 'experience', 'observation'];
const TAGS = ['travel', 'wörk & play', '"><b>'];

export class FactBank {
  /** How many there are; tests change it as somebody who stores would. */
  count: number;
  /** What was asked for, in order: the query of each list. */
  readonly asked: URLSearchParams[] = [];
  /** Facts that were changed, by number: what is other than it was made. */
  readonly changed = new Map<number, object>();

  constructor(count: number) {
    this.count = count;
  }

  /** Answers `GET …/memories/list`. */
  list(query: URLSearchParams): object {
    this.asked.push(query);
    const limit = Number(query.get('limit') ?? 100);
    const offset = Number(query.get('offset') ?? 0);
    const numbers = this.#fitting(query);
    const items = numbers.slice(offset, offset + limit).map((n) => this.#fact(n));
    return { items, total: numbers.length, limit, offset };
  }

  /** Answers `GET …/memories/{id}`; null when there is none. */
  one(id: string): object | null {
    const n = Number(id.split('-').at(-1));
    return Number.isInteger(n) && n < this.count ? this.#fact(n) : null;
  }

  /** Answers `PATCH …/memories/{id}` as far as state and reason go; null when there is none. */
  change(id: string, patch: { state?: string; reason?: string }): object | null {
    const n = Number(id.split('-').at(-1));
    if (this.one(id) === null) return null;
    const retired = patch.state === 'invalidated';
    this.changed.set(n, { state: patch.state, invalidation_reason: retired ? (patch.reason ?? null) : null });
    return this.#fact(n);
  }

  /** How many facts are invalidated. */
  get invalidated(): number {
    return [...this.changed.values()].filter((fact) => 'state' in fact && fact.state === 'invalidated')
      .length;
  }

  #fitting(query: URLSearchParams): number[] {
    const [q, kind, tag] = [query.get('q')?.toLowerCase(), query.get('type'), query.get('tags')];
    const found: number[] = [];
    for (let n = this.count - 1; n >= 0; n -= 1) {
      if (kind && KINDS[n % 3] !== kind) continue;
      if (tag && TAGS[n % 4] !== tag) continue;
      if (q && !text(n).toLowerCase().includes(q)) continue;
      found.push(n);
    }
    return found;
  }

  #fact(n: number): object {
    const at = new Date(Date.UTC(2026, 10, 20) + n * 60_000).toISOString();
    const tag = TAGS[n % 4];
    return {
      id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      text: text(n),
      context: '',
      fact_type: KINDS[n % 3],
      entities: n % 3 === 2 ? '' : 'Ana, Lisbon',
      mentioned_at: at,
      occurred_start: n % 2 === 0 ? at : null,
      document_id: `chat/${n % 50}?#`,
      proof_count: n % 3 === 2 ? 3 : 1,
      tags: tag === undefined ? [] : [tag],
      state: 'valid',
      updated_at: at,
      ...this.changed.get(n),
    };
  }
}

const text = (n: number) => `Fact ${n}: ${SAYINGS[n % SAYINGS.length]}`;
