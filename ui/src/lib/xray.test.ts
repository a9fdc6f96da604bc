// Letters, totals and folding of the exact request.
import { describe, expect, it } from 'vitest';
import type { Origin } from '$gen/Origin';
import type { Segment } from '$gen/Segment';
import { CLAMP, MANY, ORIGINS, layout, letterOf, totals, type Drawn } from './xray';

const none = { segments: new Set<number>(), gaps: new Set<number>() };
const segment = (text: string, origin: Origin | null = null): Segment => ({ text, origin, tokens: null });
const history = (text: string): Segment => segment(text, { kind: 'history', message_id: 'm' });

/** What is drawn plus what is folded must be the whole. */
function whole(items: ReturnType<typeof layout>, segments: Segment[]): string {
  return items
    .map((item) => {
      if (item.type === 'gap')
        return segments
          .slice(item.from, item.to)
          .map((one) => one.text)
          .join('');
      const text = segments[item.index]?.text ?? '';
      expect(text.startsWith(item.text)).toBe(true);
      expect(text.endsWith(item.tail)).toBe(true);
      expect(item.text.length + item.hidden + item.tail.length).toBe(text.length);
      return text;
    })
    .join('');
}

it('every origin has its own letter, and a memory its number', () => {
  const letters = Object.values(ORIGINS).map((origin) => origin.letter);
  expect(new Set(letters).size).toBe(letters.length);
  expect(letterOf({ kind: 'memory', index: 3, id: 'x' })).toBe('M3');
  expect(letterOf({ kind: 'user', message_id: 'm' })).toBe('U');
  expect(letterOf(null)).toBe('');
});

it('tokens add up by origin, and stay unknown where none were counted', () => {
  const memory = (tokens: number | null): Segment => ({
    ...segment('x', { kind: 'memory', index: 1, id: 'x' }),
    tokens,
  });
  expect(totals([memory(3), memory(null), memory(4), segment('{')]).map((one) => one.tokens)).toEqual([
    7,
    null,
  ]);
});

it('totals count bytes, not characters, and add up to the body', () => {
  const segments = [
    segment('{"a":"'),
    segment('é€', { kind: 'user', message_id: 'm' }),
    segment('ab', { kind: 'memory', index: 1, id: 'x' }),
    segment('c', { kind: 'memory', index: 2, id: 'y' }),
    segment('"}'),
  ];
  const sums = totals(segments);
  expect(sums.map(({ kind, runs, bytes }) => [kind, runs, bytes])).toEqual([
    ['memory', 2, 3],
    ['user', 1, 5],
    ['syntax', 2, 8],
  ]);
  expect(sums.reduce((sum, one) => sum + one.share, 0)).toBeCloseTo(1);
});

describe('folding', () => {
  it('clamps a long segment and keeps every byte accounted for', () => {
    const segments = [segment('x'.repeat(5000), { kind: 'system' }), segment('}')];
    const items = layout(segments, none);
    expect((items[0] as Drawn).hidden).toBeGreaterThan(0);
    expect(whole(items, segments)).toBe(segments.map((one) => one.text).join(''));
  });

  it('draws a clamped segment whole once it is opened', () => {
    const segments = [segment('x'.repeat(5000), { kind: 'system' })];
    const items = layout(segments, { ...none, segments: new Set([0]) });
    expect((items[0] as Drawn).text).toHaveLength(5000);
  });

  it('never tears a surrogate pair', () => {
    const text = `${'x'.repeat(CLAMP - 1)}😀${'y'.repeat(CLAMP)}`;
    const [item] = layout([segment(text, { kind: 'system' })], none) as Drawn[];
    expect(item?.text).toBe('x'.repeat(CLAMP - 1));
  });

  it('folds an attachment away whole', () => {
    const [item] = layout([segment('A'.repeat(9000), { kind: 'attachment', hash: 'h' })], none) as Drawn[];
    expect(item).toMatchObject({ text: '', tail: '', hidden: 9000, what: 'attachment' });
  });

  it('puts the middle of a long history into one gap that opens', () => {
    const segments = Array.from({ length: MANY + 20 }, (_, n) => [segment(','), history(`m${n}`)]).flat();
    const items = layout(segments, none);
    const gaps = items.filter((item) => item.type === 'gap');
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ messages: MANY + 12 });
    expect(whole(items, segments)).toBe(segments.map((one) => one.text).join(''));
    const opened = layout(segments, { ...none, gaps: new Set([(gaps[0] as { from: number }).from]) });
    expect(opened).toHaveLength(segments.length);
  });

  it('leaves a short history alone', () => {
    const segments = [history('a'), segment(','), history('b')];
    expect(layout(segments, none)).toHaveLength(3);
  });
});
