import { describe, expect, it } from 'vitest';
import { ago, bytes, count, middle, money, ms, narrow, number, short } from './format';

describe('numbers', () => {
  it('puts nouns in the plural that this product uses', () => {
    expect([
      count(1, 'memory'),
      count(2, 'memory'),
      count(0, 'fact'),
      count(2, 'branch'),
      count(3, 'key'),
    ]).toEqual(['1 memory', '2 memories', '0 facts', '2 branches', '3 keys']);
  });

  it('writes spans with the unit that can be read', () => {
    expect(
      [0, 0.4, 18, 999, 1000, 1240, 59_949, 59_960, 125_000].map((n) => ms(n).replace(/\u202f/g, ' ')),
    ).toEqual(['0 ms', '0.4 ms', '18 ms', '999 ms', '1.0 s', '1.2 s', '59.9 s', '1 min', '2 min 5 s']);
  });

  it('writes what a narrow column has no room for in three digits', () => {
    expect([0, 9_999_999, 2_598_202_541].map(narrow)).toEqual(['0', number(9_999_999), '2.6B']);
  });

  it('writes sizes in powers of a thousand', () => {
    expect([0, 812, 1000, 1234, 999_999, 1_200_000].map((n) => bytes(n).replace(/\u202f/g, ' '))).toEqual([
      '0 B',
      '812 B',
      '1.0 kB',
      '1.2 kB',
      '1.0 MB',
      '1.2 MB',
    ]);
  });

  it('keeps both ends of an id', () => {
    expect(middle('0123456789', 7)).toBe('012…789');
    expect(middle('short', 7)).toBe('short');
  });
});

describe('times', () => {
  const now = Date.parse('2026-11-20T12:00:00Z');
  const at = (seconds: number) => ago(new Date(now - seconds * 1000).toISOString(), now);

  it('says how long ago, and how soon', () => {
    expect([at(2), at(40), at(90), at(7200), at(3 * 86_400), at(-40)]).toEqual([
      'now',
      'under 1 min ago',
      '1 min ago',
      '2 h ago',
      '3 d ago',
      'in 40 s',
    ]);
  });

  it('gives back what is no date', () => {
    expect(ago('soon', now)).toBe('soon');
  });
});

describe('money and short tokens', () => {
  it('are cents below one cent and dollars above', () => {
    const said = [0, 0.000_001, 0.000_04, 0.004, 0.009_96, 0.0123, 0.0996, 0.25, 12.4].map(money);
    expect(said).toEqual([
      '$0',
      'under 0.001\u202f¢',
      '0.004\u202f¢',
      '0.4\u202f¢',
      '$0.010',
      '$0.012',
      '$0.10',
      '$0.25',
      '$12.40',
    ]);
  });
  it('are thousands with one figure and millions with two', () => {
    expect([812, 1000, 12_400, 99_960, 128_000, 999_600, 1_048_576].map(short)).toEqual([
      '812',
      '1k',
      '12.4k',
      '100k',
      '128k',
      '1M',
      '1.05M',
    ]);
  });
});
