// Following a bank: folds what each look into its logs found into one list. Entries arrive late, twice, and more than a
// page at once; the server's clock is its own. Pure; the timer is in state/follow.svelte.ts, the drawing in views/banks/live.
import type { BankLook } from '$gen/BankLook';
import type { CallAnswer } from '$gen/CallAnswer';
import type { FollowedCall } from '$gen/FollowedCall';
import { count } from '$lib/format';

/** What is known of a bank that is followed. */
export interface Following {
  /** Entries by id, those of other kinds among them. */
  calls: ReadonlyMap<string, FollowedCall>;
  /** How many looks ago an entry was read, by id: whose it is can become known a moment later. */
  looks: ReadonlyMap<string, number>;
  /** When the newest entry began, in the server's words. */
  newest: string | null;
  /** Entries from before the first look that are not shown; null when the server does not say. */
  earlier: number | null;
  /** At least so many entries came faster than they were read and are not shown. */
  missed: number;
  /** Rows that were let go because there are too many. */
  dropped: number;
  /** Entries of the last look: the others are read no more by themselves. */
  listed: ReadonlySet<string>;
}

export const NOTHING: Following = {
  calls: new Map(),
  looks: new Map(),
  newest: null,
  earlier: null,
  missed: 0,
  dropped: 0,
  listed: new Set(),
};

/** Entries that are held; older ones are in the audit log. */
export const MOST = 500;
/** Milliseconds between looks that go well, and the most between those that fail. */
export const LOOK_MS = 2000;
export const TIRED_MS = 30_000;
/** Looks after which it is settled whose an entry is. */
const SETTLED = 3;

/** Milliseconds since 1970 of a server's time; null when it is none. A time without an offset is UTC. */
export function at(text: string | null): number | null {
  if (text === null) return null;
  const zoned = /(z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? null : ms;
}

const newestFirst = (a: FollowedCall, b: FollowedCall) =>
  (at(b.startedAt) ?? -Infinity) - (at(a.startedAt) ?? -Infinity) || (a.id < b.id ? -1 : 1);

/** Takes a look in. What was known of an entry stays when the look tells less of it. */
export function fold(before: Following, look: BankLook): Following {
  const calls = new Map(before.calls);
  const looks = new Map([...before.looks].map(([id, n]) => [id, n + 1]));
  let { newest } = before;
  for (const call of look.calls) {
    const known = calls.get(call.id);
    if (call.answer.kind !== 'unread') {
      calls.set(call.id, { ...call, own: call.own ?? known?.own ?? null });
      if (!looks.has(call.id)) looks.set(call.id, 0);
    } else if (known === undefined || known.answer.kind === 'unread') calls.set(call.id, call);
    if (call.startedAt !== null && (at(call.startedAt) ?? -Infinity) > (at(newest) ?? -Infinity))
      newest = call.startedAt;
  }
  const first = before.newest === null && before.calls.size === 0;
  const earlier = first && look.total !== null ? Math.max(0, look.total - look.calls.length) : before.earlier;
  const held = [...calls.values()].filter(
    (call) => (at(call.startedAt) ?? -Infinity) >= (at(look.from) ?? Infinity),
  );
  const behind = look.from === null || look.total === null ? 0 : Math.max(0, look.total - held.length);
  const kept = [...calls.values()].sort(newestFirst).slice(0, MOST);
  return {
    calls: new Map(kept.map((call) => [call.id, call])),
    looks: new Map([...looks].filter(([id]) => calls.has(id))),
    newest,
    earlier,
    // Before the first look nothing was missed: those are earlier ones. What was let go was not missed either.
    missed: Math.max(before.missed, behind - (earlier ?? 0) - before.dropped),
    dropped: before.dropped + calls.size - kept.length,
    listed: new Set(look.calls.map(({ id }) => id)),
  };
}

/** Takes in an entry that was read by itself; the same when it was known before. */
export function take(before: Following, call: FollowedCall): Following {
  const known = before.calls.get(call.id);
  if (known?.answer.kind !== 'unread' || call.answer.kind === 'unread') return before;
  const calls = new Map(before.calls).set(call.id, { ...call, own: call.own ?? known.own });
  return { ...before, calls, looks: new Map(before.looks).set(call.id, before.looks.get(call.id) ?? 0) };
}

/** What stands in the place of a query that is not there. */
export function queryWords(call: FollowedCall, { listed }: Following): string {
  if (call.answer.kind !== 'unread') return 'not known';
  if (call.unread !== null) return 'could not be read, asked again';
  return listed.has(call.id) ? 'being read' : 'not read, newer ones came first: open it';
}

/** Entries that need not be read again. */
export function settled({ calls, looks }: Following): string[] {
  return [...calls.values()]
    .filter(({ id, kind, own }) => kind === 'other' || own !== null || (looks.get(id) ?? 0) >= SETTLED)
    .map(({ id }) => id);
}

/** Recalls, reflects and retains, the newest first. A turn asks memory once, so of two entries that could be its
 *  question the one nearer in time is, and the other is another client's. */
export function rows({ calls }: Following): FollowedCall[] {
  const nearest = new Map<string, number>();
  for (const { own } of calls.values()) {
    if (own?.part !== 'memory') continue;
    nearest.set(own.turnId, Math.min(own.apartMs, nearest.get(own.turnId) ?? Infinity));
  }
  return [...calls.values()]
    .filter(({ kind }) => kind !== 'other')
    .sort(newestFirst)
    .map((call) =>
      call.own?.part === 'memory' && call.own.apartMs !== nearest.get(call.own.turnId)
        ? { ...call, own: null }
        : call,
    );
}

/** Entries of other kinds: changes of settings, directives and so on. */
export const others = ({ calls }: Following): number =>
  [...calls.values()].filter(({ kind }) => kind === 'other').length;

/** How long to wait for the next look after so many failures in a row. */
export const wait = (failures: number): number => Math.min(TIRED_MS, LOOK_MS * 2 ** Math.min(failures, 10));

/** What was answered, in words. */
export function answerWords(answer: CallAnswer): { words: string; tone: 'plain' | 'quiet' | 'bad' } {
  switch (answer.kind) {
    case 'unread':
      return { words: 'not read yet', tone: 'quiet' };
    case 'missing':
      return { words: 'no answer in the log', tone: 'bad' };
    case 'refused':
      return { words: 'refused', tone: 'bad' };
    case 'memories':
      return {
        words:
          answer.count === 0 ? 'nothing found' : answer.count === 1 ? '1 memory' : `${answer.count} memories`,
        tone: answer.count === 0 ? 'quiet' : 'plain',
      };
    case 'paragraph':
      return { words: 'a paragraph', tone: 'plain' };
    case 'taken':
      return {
        words: answer.items === null ? 'taken, items not known' : `${count(answer.items, 'item')} taken`,
        tone: 'plain',
      };
    case 'printed':
      return { words: 'kept as text, not read', tone: 'quiet' };
    case 'unknown':
      return { words: 'not known: another form', tone: 'quiet' };
  }
}

/** Who asked, in words; never a guess. */
export function whoWords(call: FollowedCall): string {
  if (call.own !== null) return 'this app';
  return call.who ?? 'another client, not named';
}

/** What the list does not show, a sentence each. */
export function notShown(following: Following, shown: number): string[] {
  const said: string[] = [];
  const { earlier, missed, dropped } = following;
  const other = others(following);
  if (other > 0)
    said.push(`${count(other, 'entry')} of other kinds ${other === 1 ? 'is' : 'are'} in the audit log only.`);
  if (earlier !== null && earlier > 0) said.push(`${count(earlier, 'earlier entry')} of the log not shown.`);
  if (missed > 0)
    said.push(
      `Showing ${shown}: at least ${count(missed, 'entry')} more came faster than they could be read.`,
    );
  if (dropped > 0) said.push(`${count(dropped, 'older row')} let go.`);
  return said;
}
