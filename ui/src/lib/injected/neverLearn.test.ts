import { expect, it } from 'vitest';
import { draftLine, withLine } from './neverLearn';

it('drafts one line with the memory as an example', () => {
  expect(draftLine('Ana said "hi"\n to  Bob.')).toBe(`Do not keep facts like: "Ana said 'hi' to Bob.".`);
  expect(draftLine('x', 'directive')).toBe('Do not bring up facts like: "x".');
  const long = draftLine('word '.repeat(100));
  expect(long.length).toBeLessThan(240);
  expect(long.endsWith('word …".')).toBe(true);
});

it('a line is added once, at the end', () => {
  expect(withLine('', 'A.')).toBe('A.');
  expect(withLine('Keep plants.\n\n', 'A.')).toBe('Keep plants.\nA.');
  expect(withLine('Keep plants.\nA.', 'A.')).toBe('Keep plants.\nA.');
});
