// Money in words, and never a price that is not known.
import { expect, it } from 'vitest';
import type { ModelCard } from '$gen/ModelCard';
import { checkCost, perMillion, readingCost, usd } from './price';

const card = (inputPrice: number | null, outputPrice: number | null): ModelCard => ({
  maxOutput: null,
  inputPrice,
  outputPrice,
  cacheReadPrice: null,
  tools: false,
  images: false,
  files: false,
  reasoning: false,
  ends: null,
});

it('an amount has as many digits as say something', () => {
  expect([3, 1.25, 0.25, 0.1, 0.000042, 0, 2.5].map(usd)).toEqual([
    '$3',
    '$1.25',
    '$0.25',
    '$0.10',
    '$0.000042',
    '$0',
    '$2.50',
  ]);
  expect(usd(1e-10)).toBe('under $0.00000001');
});

it('a price that is not known is not made up', () => {
  expect(perMillion(null)).toBeNull();
  expect(perMillion(card(null, null))).toBeNull();
  expect(perMillion(card(3, null))).toBe('$3 / ?');
  expect(readingCost(card(3, null))).toBeNull();
});

it('reading 100 turns is priced from tokens in and out', () => {
  expect(readingCost(card(3, 15))).toBeCloseTo(1.05);
  expect(readingCost(card(0, 0))).toBe(0);
});

it('a check that asked no model has no price, and one whose price is not known says so', () => {
  expect(checkCost(0, false)).toBeNull();
  expect(checkCost(null, true)).toContain('not known');
  expect(checkCost(0.000042, true)).toBe('The check cost $0.000042.');
});
