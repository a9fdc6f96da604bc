// The scripted app's facts, tags and saved views. `?facts=100000` in the address says how many each bank has (1,234 is
// the usual), `?facts=0` shows the empty bank.
import type { Fact } from '../../src/gen/Fact';
import type { MemoryFilter } from '../../src/gen/MemoryFilter';
import type { SavedView } from '../../src/gen/SavedView';
import type { Answers } from '../../src/host/fake';

const NOW = Date.now();
const MINUTE = 60_000;
const asked = new URLSearchParams(globalThis.location?.search ?? '').get('facts');

/** How many facts a bank has; tests change it, as somebody who stores would. */
export const stock = { facts: asked === null ? 1234 : Number(asked) };

const PEOPLE = ['Ana', 'Lisbon', 'Dr. Ferreira', 'Bolt', 'the tax office', 'Rui & Sons, Ltd.'];
const TAGS = ['travel', 'work', 'health', 'user:ana', 'a tag that is rather long to be shown in a column'];
const SAYINGS = [
  'Ana is vegetarian and avoids places that fry everything in the same oil',
  'The flight to Lisbon leaves at 07:40 on Thursday from terminal 2',
  'The assistant suggested three restaurants near Alfama and Ana chose the smallest one',
  'Ana prefers short answers with one example | When: since March | Involving: Ana | she reads on her phone',
  '<b>Bold</b> <script>alert(1)</script> is what somebody typed into a note',
  'Rui owes 40 € for the concert tickets',
];
const TYPES = ['world', 'world', 'experience', 'observation'] as const;

/** The fact that was said as the `n`th, counted from the first. */
function fact(n: number): Fact {
  const at = new Date(NOW - (stock.facts - n) * 37 * MINUTE).toISOString();
  const type = TYPES[n % TYPES.length] ?? 'world';
  const observation = type === 'observation';
  return {
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    text: `${SAYINGS[n % SAYINGS.length]} (${n})`,
    factType: type,
    context: n % 3 === 0 ? 'chat about the trip' : null,
    entities: observation ? [] : PEOPLE.slice(n % 4, (n % 4) + (n % 3) + 1),
    occurredStart: n % 5 === 0 ? null : at,
    occurredEnd: null,
    mentionedAt: at,
    documentId: observation ? null : `chat-${Math.floor(n / 7)}.turn/${n % 7}`,
    chunkId: null,
    tags: n % 2 === 0 ? TAGS.slice(n % 3, (n % 3) + 1 + (n % 4)) : [],
    metadata: {},
    proofCount: observation ? 2 + (n % 9) : 1,
    sourceMemoryIds: [],
    state: 'valid',
    invalidationReason: null,
    invalidatedAt: null,
    editedAt: null,
    createdAt: at,
    updatedAt: at,
    consolidatedAt: n % 4 === 1 ? at : null,
    consolidationFailedAt: n % 97 === 0 ? at : null,
  };
}

function passes(one: Fact, filter: MemoryFilter): boolean {
  const time = {
    created_at: one.createdAt,
    updated_at: one.updatedAt,
    mentioned_at: one.mentionedAt,
    occurred_start: one.occurredStart,
    occurred_end: one.occurredEnd,
  };
  const at = filter.timeField ? time[filter.timeField] : null;
  if (filter.timeField && at === null) return false;
  if (filter.startDate && (at ?? '') < filter.startDate) return false;
  if (filter.endDate && (at ?? '') >= filter.endDate) return false;
  if (filter.factType && one.factType !== filter.factType) return false;
  if (filter.q && !one.text.toLowerCase().includes(filter.q.toLowerCase())) return false;
  if (filter.documentId && one.documentId !== filter.documentId) return false;
  if (filter.entityId && !one.entities.includes(filter.entityId)) return false;
  if (filter.tags?.length && !filter.tags.some((tag) => one.tags.includes(tag))) return false;
  if (filter.state === 'invalidated') return false;
  return true;
}

let views: SavedView[] = [];

export const answers: Answers = {
  'memory.list': ({ filter }) => {
    const bare = Object.keys(filter).every((key) => key === 'limit' || key === 'offset');
    const [limit, offset] = [filter.limit ?? 100, filter.offset ?? 0];
    if (bare) {
      const length = Math.max(0, Math.min(limit, stock.facts - offset));
      return {
        items: Array.from({ length }, (_, at) => fact(stock.facts - 1 - offset - at)),
        total: stock.facts,
      };
    }
    const found: Fact[] = [];
    for (let n = stock.facts - 1; n >= 0; n -= 1) {
      const one = fact(n);
      if (passes(one, filter)) found.push(one);
    }
    return { items: found.slice(offset, offset + limit), total: found.length };
  },
  'memory.tags': ({ filter }) => {
    const word = (filter.q ?? '').replaceAll('*', '');
    const items = TAGS.filter((tag) => tag.includes(word)).map((tag, at) => ({ tag, count: 90 - at }));
    return { items, total: items.length };
  },
  'view.list': () => ({ items: views }),
  'view.save': ({ id, name, view }) => {
    const saved = { id: id ?? `v${views.length + 1}`, name, view };
    views = [...views.filter((one) => one.id !== saved.id), saved];
    return saved;
  },
  'view.delete': ({ id }) => {
    views = views.filter((one) => one.id !== id);
    return {};
  },
};
