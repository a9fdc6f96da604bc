import { expect, it } from 'vitest';
import { narrow } from './pick';
import { pieces, rank } from './text';

it('cuts a snippet at its matches', () => {
  expect(pieces('a \u2068b\u2069 c')).toEqual([
    { text: 'a ', match: false },
    { text: 'b', match: true },
    { text: ' c', match: false },
  ]);
});

it('survives a match mark that has no partner', () => {
  expect(pieces('\u2069a\u2068b')).toEqual([
    { text: 'a', match: false },
    { text: 'b', match: true },
  ]);
});

it('finds words without their accents and case, in any order', () => {
  expect(rank('Zürich and Lisbon', 'lisbon zurich')).not.toBeNull();
  expect(rank('Zürich', 'zurich bern')).toBeNull();
});

it('puts the start of a word before its middle, and keeps groups together', () => {
  const options = [
    { label: 'Delegate', group: 'A' },
    { label: 'Gate', group: 'A' },
    { label: 'Gateway', group: 'B' },
  ];
  expect(narrow(options, 'gate').map((option) => option.label)).toEqual(['Gate', 'Delegate', 'Gateway']);
  expect(narrow(options, ' ')).toBe(options);
  expect(narrow(options, 'zzz', false)).toBe(options);
});
