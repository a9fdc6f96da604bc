// Warnings, the context gauge and money.
import { describe, expect, it } from 'vitest';
import type { ModelCard } from '$gen/ModelCard';
import type { ModelInfo } from '$gen/ModelInfo';
import type { Turn } from '$gen/Turn';
import type { Usage } from '$gen/Usage';
import { costSaid, gauge, misfits, total, totalSaid } from './fit';

const card: ModelCard = {
  maxOutput: null,
  inputPrice: null,
  outputPrice: null,
  cacheReadPrice: null,
  tools: true,
  images: true,
  files: true,
  reasoning: false,
  ends: null,
};
const model = (id: string, facts: Partial<ModelCard> | null): ModelInfo => ({
  id,
  name: id.toUpperCase(),
  providerId: 'p',
  providerName: 'P',
  context: 1000,
  facts: facts && { ...card, ...facts },
});
const models = [
  model('all', {}),
  model('blind', { images: false, files: false, tools: false }),
  model('who', null),
];
const usage = (input: number | null, output: number | null): Usage => ({
  input,
  output,
  cacheRead: null,
  cacheWrite: null,
  reasoning: null,
});
const load = { images: 1, files: ['application/pdf'], tools: true };

describe('warnings', () => {
  it('name each model that cannot, and what', () => {
    expect(misfits(load, ['all', 'blind'], models)).toEqual([
      'BLIND reads no images, reads no PDF files and calls no tools, so memory tools are of no use to it, as far as is known.',
    ]);
  });
  it('do not come from what nobody knows', () => {
    expect(misfits(load, ['who', 'on no list'], models)).toEqual([]);
  });
  it('do not come from text files, which every model reads', () => {
    expect(misfits({ images: 0, files: ['text/plain'], tools: false }, ['blind'], models)).toEqual([]);
  });
});

describe('the gauge', () => {
  it('counts the last request and its answer, and warns from four fifths on', () => {
    expect(gauge(799, 1000, 'M')).toMatchObject({ used: 799, warn: false, words: '799 of 1k' });
    expect(gauge(800, 1000, 'M')).toMatchObject({ share: 0.8, warn: true });
    expect(gauge(4100, 1000, 'M').share).toBe(1);
  });
  it('says in words what is not known', () => {
    expect(gauge(700, null, 'M')).toMatchObject({ share: null, words: '700 · size unknown' });
    expect(gauge(null, 1000, 'M').detail).toContain('not known');
  });
});

describe('money', () => {
  const turn = (usd: number | null, estimated = false) =>
    ({
      cost: usd === null ? null : { usd, pricesOf: '2026-11-20', estimated },
      usage: usage(100, 10),
    }) as Turn;
  it('marks an estimate and says where prices are from', () => {
    expect(costSaid(turn(0.004, true))).toMatchObject({ words: '≈ 0.4\u202f¢' });
    expect(costSaid(turn(0.004)).detail).toBe('$0.004 at prices of 2026-11-20.');
  });
  it('says nothing where no price is known, and why on hover', () => {
    expect(costSaid(turn(null))).toEqual({ words: '', detail: 'price not known' });
  });
  it('adds up what is known and says what is missing', () => {
    const sum = total([turn(0.1), turn(0.2), turn(null)]);
    expect(sum).toMatchObject({ tokens: 330, unpriced: 1 });
    expect(totalSaid(sum, 3, 3)).toBe('≈ $0.30 · 330 tokens · 1 without a price');
    expect(totalSaid(total([turn(0.25)]), 1, 1)).toBe('$0.25 · 110 tokens');
    expect(totalSaid(total([turn(0.25)]), 1, 9)).toBe('≈ $0.25 · 110 tokens · last 1 of 9 answers');
    expect(totalSaid(total([turn(null)]), 1, 1)).toBe('price not known · 110 tokens');
  });
});
