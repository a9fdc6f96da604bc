import { describe, expect, it } from 'vitest';
import { changedWords, diff, folded } from './diff';

const side = (pieces: ReturnType<typeof diff>, without: 'gone' | 'new') =>
  pieces
    .filter((piece) => piece.kind !== without)
    .map((piece) => piece.text)
    .join('');

describe('diff', () => {
  it('tells the words that went and came', () => {
    expect(diff('Ana lives in Lisbon', 'Ana lives in Porto')).toEqual([
      { kind: 'same', text: 'Ana lives in ' },
      { kind: 'gone', text: 'Lisbon' },
      { kind: 'new', text: 'Porto' },
    ]);
  });

  it('spells both texts whole, blanks and lines included', () => {
    const before = 'one  two\n\nthree 😀 four';
    const after = 'one two\nthree 😀😀 five\n';
    const pieces = diff(before, after);
    expect(side(pieces, 'new')).toBe(before);
    expect(side(pieces, 'gone')).toBe(after);
  });

  it('has nothing to say of two empty texts and one piece for equal ones', () => {
    expect(diff('', '')).toEqual([]);
    expect(diff('same', 'same')).toEqual([{ kind: 'same', text: 'same' }]);
    expect(diff('', 'new')).toEqual([{ kind: 'new', text: 'new' }]);
  });

  it('gives up in time on long texts without anything in common, and still spells both', () => {
    const words = (seed: number, n: number) =>
      Array.from({ length: n }, (_, i) => `${((i * seed) % 9973).toString(36)}${seed}`).join(' ');
    const [before, after] = [words(7919, 9000), words(104_729, 9000)];
    const start = performance.now();
    const pieces = diff(before, after);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(side(pieces, 'new')).toBe(before);
    expect(side(pieces, 'gone')).toBe(after);
  });

  it('takes a text of one megabyte by its lines', () => {
    const long = Array.from({ length: 20_000 }, (_, i) => `line ${i} of a long fact with some words`).join(
      '\n',
    );
    const pieces = diff(long, long.replace('line 777 ', 'line 778 '));
    expect(pieces.filter(({ kind }) => kind !== 'same').length).toBe(2);
  });

  it('counts words that changed', () => {
    expect(changedWords(diff('a b c', 'a x y c'))).toEqual({ gone: 1, new: 2 });
  });
});

describe('folded', () => {
  it('keeps the ends of a long stretch and the number of what lies between', () => {
    const text = 'x'.repeat(1000);
    expect(folded(text, 100)).toEqual({ head: 'x'.repeat(100), left: 800, tail: 'x'.repeat(100) });
    expect(folded('short', 100)).toBeNull();
  });

  it('never cuts a character in two', () => {
    const cut = folded('😀'.repeat(500), 101);
    expect(cut).toEqual({ head: '😀'.repeat(51), left: 2 * (500 - 51 - 50), tail: '😀'.repeat(50) });
  });
});
