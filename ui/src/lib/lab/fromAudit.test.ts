import { expect, it } from 'vitest';
import { askedRecall } from './fromAudit';

it('reads a recall as Hindsight 1.1 keeps it, with every field', () => {
  const kept = {
    query: 'What is <b>Ana</b> allergic to?',
    types: ['world', 'opinion'],
    prefer_observations: null,
    budget: 'high',
    max_tokens: 900,
    trace: false,
    query_timestamp: null,
    include: { entities: { max_tokens: 500 }, chunks: null, source_facts: null },
    tags: ['home'],
    tags_match: 'any_strict',
    tag_groups: null,
    min_scores: null,
    temporal_window: null,
  };
  expect(askedRecall('recall', kept)).toEqual({
    query: 'What is <b>Ana</b> allergic to?',
    types: ['world'],
    budget: 'high',
    max_tokens: 900,
    include: { entities: { max_tokens: 500 }, chunks: null, source_facts: null },
    tags: ['home'],
    tags_match: 'any_strict',
    trace: true,
  });
});

it('leaves out what would say nothing, or what the API does not know', () => {
  const all = {
    query: 'q',
    types: ['world', 'experience', 'observation'],
    tags: [],
    tags_match: 'any',
    bank_id: 'b',
  };
  expect(askedRecall('recall', all)).toEqual({ query: 'q', trace: true });
  expect(askedRecall('recall', { query: 'q', tags_match: 'exact' })).toEqual({
    query: 'q',
    tags_match: 'exact',
    trace: true,
  });
});

it('makes nothing of what is no recall', () => {
  for (const request of [null, undefined, 'q', [], {}, { query: ' ' }, { query: 7 }])
    expect(askedRecall('recall', request)).toBeNull();
  expect(askedRecall('reflect', { query: 'q' })).toBeNull();
});
