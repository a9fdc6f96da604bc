import { describe, expect, it } from 'vitest';
import type { ExtractedFact } from '$gen/ExtractedFact';
import type { LabPlan } from '$gen/LabPlan';
import { besideWords, changed, planText, sum, type LabResult } from './lab';

const fact = (text: string, more: Partial<ExtractedFact> = {}): ExtractedFact => ({
  text,
  factType: 'world',
  occurredStart: null,
  occurredEnd: null,
  entities: [],
  chunkIndex: null,
  ...more,
});
const usage = (inputTokens: number | null, outputTokens: number | null) => ({
  inputTokens,
  outputTokens,
  totalTokens: null,
  cachedTokens: null,
  thoughtsTokens: null,
});
const read = (id: string, gained: number, lost: number): LabResult => ({
  kind: 'read',
  id,
  pairs: {
    same: [fact('same')],
    reworded: [],
    gained: Array.from({ length: gained }, (_, at) => fact(`new ${at}`)),
    lost: Array.from({ length: lost }, (_, at) => fact(`old ${at}`)),
  },
  before: usage(100, 10),
  after: usage(120, 20),
});
const failed: LabResult = {
  kind: 'failed',
  id: 'c',
  error: { code: 'internal', message: 'No.', retryable: false },
  used: usage(50, null),
};

describe('what a lab found', () => {
  it('is summed over the documents, with the tokens that failures took', () => {
    expect(sum([read('a', 2, 0), read('b', 1, 3), failed])).toEqual({
      read: 2,
      failed: 1,
      same: 2,
      gained: 3,
      lost: 3,
      reworded: 0,
      before: 270,
      after: 280,
    });
  });

  it('has no tokens where the server counts none', () => {
    const silent = { ...read('a', 0, 0), before: usage(null, null), after: usage(null, null) } as LabResult;
    expect(sum([silent])).toMatchObject({ before: null, after: null });
    expect(sum([])).toMatchObject({ before: null, read: 0 });
  });

  it('differs where a fact came, went or was worded otherwise', () => {
    expect(changed(read('a', 0, 0))).toBe(false);
    expect(changed(read('a', 0, 1))).toBe(true);
    expect(changed(failed)).toBe(false);
  });

  it('says what changed beside the words', () => {
    const before = fact('x', { entities: ['b', 'a'] });
    expect(besideWords(before, fact('y', { entities: ['a', 'b'] }))).toEqual([]);
    expect(
      besideWords(before, fact('x', { factType: null, occurredStart: '2026-01-01', entities: [] })),
    ).toEqual(['Type: world → none', 'From: none → 2026-01-01', 'Entities: a, b → none']);
  });
});

describe('what a lab will take', () => {
  const plan = (more: Partial<LabPlan>): LabPlan => ({
    documents: [{ id: 'a', chars: 1, facts: null, at: null, tags: [] }],
    turns: true,
    differs: true,
    reader: { kind: 'model', model: 'openai/gpt-4o' },
    before: { calls: 1, inputTokens: 1000, outputTokens: 100 },
    after: { calls: 1, inputTokens: 1200, outputTokens: 100 },
    cost: 0.0075,
    tokensLeft: 1,
    ...more,
  });

  it('is said with its price', () => {
    expect(planText(plan({}))).toMatch(
      /^Reads 1 turn twice: about 2 requests to openai\/gpt-4o, 2.200 tokens in and 200 out\. About \$0\.0075\.$/,
    );
  });

  it('is free by rules, and not known where the server does not name its model', () => {
    expect(planText(plan({ reader: { kind: 'rules' } }))).toContain('no model is asked');
    expect(planText(plan({ reader: { kind: 'server' }, cost: null }))).toContain('not known');
    expect(planText(plan({ cost: null }))).toContain('catalogue');
  });
});
