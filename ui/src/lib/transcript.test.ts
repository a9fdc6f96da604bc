// Words, cuts and paths of the transcript.
import { describe, expect, it } from 'vitest';
import type { Message } from '$gen/Message';
import type { MessageHead } from '$gen/MessageHead';
import type { StartedTurn } from '$gen/StartedTurn';
import {
  MAX_CHARS,
  clamp,
  codeBlocks,
  goesWithoutSaying,
  missing,
  outcomeChip,
  pathAfter,
  rowsWith,
  turnAt,
  turnBefore,
  usageSaid,
} from './transcript';

const head = (
  id: string,
  role: MessageHead['role'] = 'user',
  change: Partial<MessageHead> = {},
): MessageHead => ({
  id,
  role,
  turnId: role === 'assistant' ? `turn of ${id}` : null,
  bytes: 10,
  siblings: 1,
  siblingIndex: 0,
  createdAt: '2026-01-01T00:00:00Z',
  ...change,
});
const message = (id: string, role: Message['role']): Message => ({
  id,
  chatId: 'c',
  parentId: null,
  role,
  parts: [{ kind: 'text', text: 'x' }],
  turnId: role === 'assistant' ? 't' : null,
  createdAt: '2026-01-01T00:00:00Z',
});
const started = (question: string, answer: string, ...also: string[]) =>
  ({
    runId: 't',
    question: message(question, 'user'),
    answer: message(answer, 'assistant'),
    also: also.map((id) => ({ answer: message(id, 'assistant') })),
  }) as StartedTurn;
const path = [head('q1'), head('a1', 'assistant'), head('q2'), head('a2', 'assistant')];
const ids = (heads: MessageHead[]) => heads.map(({ id }) => id);

describe('clamping', () => {
  it('leaves a short text alone', () =>
    expect(clamp('hello\nyou', 0)).toEqual({ text: 'hello\nyou', cut: false }));
  it('cuts after forty lines', () => {
    const { text, cut } = clamp('line\n'.repeat(41), 0);
    expect([text.split('\n').length, cut]).toEqual([40, true]);
  });
  it('cuts a long line by characters', () =>
    expect(clamp('a'.repeat(MAX_CHARS + 1), 0).text).toHaveLength(MAX_CHARS));
  it('never cuts a character in two', () => {
    expect(clamp('a'.repeat(MAX_CHARS - 1) + '😀', 0).text).toHaveLength(MAX_CHARS - 1);
  });
  it('shows a megabyte in steps', () => {
    const megabyte = 'x'.repeat(1_000_000);
    expect(clamp(megabyte, 1).text.length).toBeLessThan(60_000);
    expect(clamp(megabyte, 1).cut).toBe(true);
    expect(clamp(megabyte, 20).cut).toBe(false);
  });
});

describe('the path after a turn began', () => {
  it('goes on at its end', () => {
    expect(ids(pathAfter(path, started('q3', 'a3'), null))).toEqual(['q1', 'a1', 'q2', 'a2', 'q3', 'a3']);
  });
  it('branches at an edited message and leaves what followed', () => {
    const next = pathAfter(path, started('q2b', 'a2b'), 'q2');
    expect(ids(next)).toEqual(['q1', 'a1', 'q2b', 'a2b']);
    expect([next[2]?.siblings, next[2]?.siblingIndex]).toEqual([2, 1]);
  });
  it('puts another answer beside the first', () => {
    const next = pathAfter(path, started('q1', 'a1b'), null);
    expect(ids(next)).toEqual(['q1', 'a1b']);
    expect([next[1]?.siblings, next[1]?.siblingIndex]).toEqual([2, 1]);
  });
});

describe('several models', () => {
  it('the first answer is on the path and knows how many stand beside it', () => {
    const next = pathAfter(path, started('q3', 'a3', 'b3', 'c3'), null);
    expect(ids(next).slice(-2)).toEqual(['q3', 'a3']);
    expect([next.at(-1)?.siblings, next.at(-1)?.siblingIndex]).toEqual([3, 0]);
  });
  it('says the tokens that are known', () => {
    const none = { input: null, output: null, cacheRead: null, cacheWrite: null, reasoning: null };
    expect(usageSaid({ ...none, input: 1240, cacheRead: 900, output: 310, reasoning: 0 })).toBe(
      '1,240 in (900 from cache) · 310 out',
    );
    expect(usageSaid(none)).toBe('');
  });
});

describe('what is fetched', () => {
  const long = Array.from({ length: 500 }, (_, n) => head(`m${n}`));
  it('is nothing when everything near is there', () => {
    const near = new Set(long.slice(180, 241).map(({ id }) => id));
    expect(missing(long, (id) => near.has(id), 200, 220, 100)).toEqual([]);
  });
  it('is a page around what is in sight', () => {
    const wanted = missing(long, () => false, 200, 209, 100);
    expect(wanted).toHaveLength(100);
    expect(wanted).toContain('m200');
    expect(wanted).toContain('m209');
    expect(wanted[0]).toBe('m155');
  });
  it('is never more than a page, even when much is in sight', () => {
    expect(missing(long, () => false, 0, 300, 100)).toHaveLength(100);
  });
  it('leaves out what is there', () => {
    expect(missing(long, (id) => id !== 'm205', 200, 209, 100)).toEqual(['m205']);
  });
});

describe('turns', () => {
  it('an answer has its own, a question that of its answer', () => {
    expect([turnAt(path, 1), turnAt(path, 2)]).toEqual(['turn of a1', 'turn of a2']);
  });
  it('an answer follows the answer before it', () => {
    expect([turnBefore(path, 3), turnBefore(path, 1)]).toEqual(['turn of a1', null]);
  });
  it('a question without an answer has none', () => expect(turnAt([head('q')], 0)).toBeNull());
});

describe('what memory did', () => {
  it('counts what was used', () => {
    expect(outcomeChip({ kind: 'used', count: 1, tokens: 9 })?.words).toBe('1 memory');
    expect(outcomeChip({ kind: 'used', count: 4, tokens: 9 })?.words).toBe('4 memories');
  });
  it('tells a new bank from one with nothing that fits', () => {
    expect(outcomeChip({ kind: 'empty', new_bank: true })?.words).toBe('new bank');
    expect(outcomeChip({ kind: 'empty', new_bank: false })?.words).toBe('nothing found');
  });
  it('says why it failed', () => {
    const error = { code: 'timeout', message: 'too late', retryable: true } as const;
    expect(outcomeChip({ kind: 'failed', error })).toEqual({
      tone: 'warn',
      words: 'memory failed: too slow',
    });
  });
  it('goes without saying only under a banner that says it', () => {
    expect(goesWithoutSaying('incognito', 'incognito')).toBe(true);
    expect(goesWithoutSaying('incognito', 'normal')).toBe(false);
    expect(goesWithoutSaying('setting', 'incognito')).toBe(false);
  });
  it('is not made up when it is not known', () => expect(outcomeChip(null)).toBeNull());
});

it('rows are found by words, whatever their case, and only when they are loaded', () => {
  const loaded = new Map([
    ['q1', { ...message('q1', 'user'), parts: [{ kind: 'text' as const, text: 'Lisbon or Porto' }] }],
    ['a2', { ...message('a2', 'assistant'), parts: [{ kind: 'text' as const, text: 'LISBON' }] }],
  ]);
  expect(rowsWith(path, (id) => loaded.get(id), ' lisbon ')).toEqual([0, 3]);
  expect(rowsWith(path, (id) => loaded.get(id), '  ')).toEqual([]);
});

it('code blocks are found by their fences, the last one even when it is open', () => {
  const answer = 'a\n```rust\nfn one() {}\n```\nb\n~~~~\n```\ninside\n~~~~\n```\nopen';
  expect(codeBlocks(answer)).toEqual(['fn one() {}', '```\ninside', 'open']);
});
