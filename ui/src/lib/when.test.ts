import { describe, expect, it } from 'vitest';
import { readWhen, sameWhen, writeWhen } from './when';

const iso = (text: string, end = false) => {
  const read = readWhen(text, end);
  return read.kind === 'at' ? read.iso : read.kind;
};

describe('readWhen', () => {
  it('takes ISO dates whole and in part', () => {
    expect(iso('2024-05-03')).toBe('2024-05-03T00:00:00+00:00');
    expect(iso('2024')).toBe('2024-01-01T00:00:00+00:00');
    expect(iso('2024-05')).toBe('2024-05-01T00:00:00+00:00');
    expect(iso(' 2024-5-3 ')).toBe('2024-05-03T00:00:00+00:00');
    expect(iso('2024-05-03 10:41')).toBe('2024-05-03T10:41:00+00:00');
    expect(iso('2024-05-03T10:41:09.123Z')).toBe('2024-05-03T10:41:09+00:00');
    expect(iso('2024-05-03 10:41 UTC')).toBe('2024-05-03T10:41:00+00:00');
    expect(iso('2024-05-03T10:41:00+0200')).toBe('2024-05-03T10:41:00+02:00');
  });

  it('ends a date in part with its last moment', () => {
    expect(iso('2024', true)).toBe('2024-12-31T23:59:59+00:00');
    expect(iso('2024-02', true)).toBe('2024-02-29T23:59:59+00:00');
    expect(iso('2024-05-03', true)).toBe('2024-05-03T23:59:59+00:00');
    expect(iso('2024-05-03 10:41', true)).toBe('2024-05-03T10:41:00+00:00');
  });

  it('knows nothing from a wrong time', () => {
    expect(iso('')).toBe('none');
    expect(iso('  ')).toBe('none');
    for (const text of [
      'yesterday',
      '03.05.2024',
      '2024-13',
      '2023-02-29',
      '2024-05-03 25:00',
      '24',
      '<b>',
      '2024-05-',
    ])
      expect(iso(text), text).toBe('wrong');
  });
});

describe('writeWhen', () => {
  it('writes what it reads', () => {
    for (const text of ['2024-05-03', '2024-05-03 10:41', '2024-05-03 10:41:09']) {
      expect(writeWhen(iso(text))).toBe(text);
      expect(writeWhen(iso(text, true), true)).toBe(text);
    }
    expect(writeWhen(null)).toBe('');
    expect(writeWhen('soon')).toBe('soon');
  });
});

describe('sameWhen', () => {
  it('compares moments and not spellings', () => {
    expect(sameWhen('2024-05-03T10:00:00Z', '2024-05-03T12:00:00+02:00')).toBe(true);
    expect(sameWhen('2024-05-03T10:00:00.250Z', '2024-05-03T10:00:00Z')).toBe(true);
    expect(sameWhen(null, '')).toBe(true);
    expect(sameWhen(null, '2024-05-03')).toBe(false);
    expect(sameWhen('soon', 'soon')).toBe(true);
    expect(sameWhen('soon', 'later')).toBe(false);
  });
});
