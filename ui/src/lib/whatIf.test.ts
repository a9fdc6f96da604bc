import { expect, it } from 'vitest';
import type { Arm } from '$gen/Arm';
import type { RecalledMemory } from '$gen/RecalledMemory';
import type { ReplayPlan } from '$gen/ReplayPlan';
import type { ReplaySample } from '$gen/ReplaySample';
import { apart, armWords, priceSource, priceWords, requestsWords, spent, spentWords } from './whatIf';

const memories = ['a', 'b', 'c'].map((id) => ({ id }) as RecalledMemory);
const recorded = (without: string[], edited: Record<string, string> = {}): Arm => ({
  memory: { kind: 'recorded', without, edited },
});

it('an arm says what it changed', () => {
  const words = (arm: Arm) => armWords(arm, memories);
  expect(words(recorded([]))).toBe('as it was');
  expect(words({ memory: { kind: 'none' } })).toBe('no memory');
  expect(words(recorded(['b']))).toBe('without memory 2');
  expect(words(recorded(['a', 'c'], { b: 'x' }))).toBe('without memories 1 and 3, memory 2 edited');
  expect(words({ ...recorded([]), placement: 'prepend_user' })).toBe('inside the last user message');
  expect(words({ memory: { kind: 'none' }, model: 'openai/gpt-4o' })).toBe('no memory, openai/gpt-4o');
  expect(words({ memory: { kind: 'asked_now', settings: {} } })).toBe('memory asked now: same settings');
  const asked = { kind: 'asked_now', settings: { budget: 'high' }, bankId: 'work' } as const;
  expect(words({ memory: asked })).toBe('memory asked now: bank work, budget high');
});

const plan = (change: Partial<ReplayPlan>): ReplayPlan => ({
  arms: [],
  samples: 1,
  requests: 2,
  moreRequests: 0,
  usd: 0.0125,
  moreUsd: 0,
  pricesOf: '2026-11-20',
  unpriced: [],
  reported: true,
  recalls: 0,
  reflects: 0,
  differs: null,
  original: true,
  tools: [],
  anecdote: true,
  ...change,
});

it('a price is about something, nothing, or not known, and says where it comes from', () => {
  expect(priceWords(plan({}))).toBe('about $0.013');
  expect(priceSource(plan({}))).toContain('the provider counted');
  expect(priceSource(plan({ reported: false }))).toContain('counted here');
  expect(priceWords(plan({ usd: 0 }))).toBe('costs nothing');
  expect(priceWords(plan({ usd: null, moreUsd: null }))).toBe('price not known');
  expect(priceSource(plan({ usd: null, unpriced: ['a/b'] }))).toContain('no price of a/b');
  const more = plan({ requests: 7, moreRequests: 6, usd: 0.01, moreUsd: 0.02 });
  expect(priceWords(more)).toBe('about $0.010 to $0.030');
  expect(requestsWords(more)).toBe('7 to 13 requests');
  expect(requestsWords(plan({ requests: 1 }))).toBe('1 request');
});

const sample = (change: Partial<ReplaySample>): ReplaySample => ({
  arm: 0,
  n: 0,
  state: 'finished',
  text: 'x',
  calls: [],
  finish: null,
  usage: { input: 10, output: 5, cacheRead: null, cacheWrite: null, reasoning: null },
  cost: { usd: 0.5, pricesOf: '', estimated: false },
  ms: 1,
  bodyHash: '',
  error: null,
  ...change,
});

it('what was paid is summed, and what is not known is counted apart', () => {
  expect(spentWords(spent([sample({}), sample({})]))).toBe('$1.00');
  expect(spent([sample({}), sample({})])).toMatchObject({ input: 20, output: 10 });
  const guessed = sample({ cost: { usd: 0.5, pricesOf: '', estimated: true } });
  expect(spentWords(spent([guessed]))).toBe('about $0.50');
  expect(spentWords(spent([sample({ cost: null })]))).toBe('cost not known');
  expect(spentWords(spent([sample({}), sample({ cost: null })]))).toBe('$0.50, and 1 answer of unknown cost');
  const refused = sample({ state: 'failed', text: '', cost: null });
  expect(spentWords(spent([refused]))).toBe('$0');
});

it('a distance that is not known is not zero', () => {
  expect(apart(null)).toBe('not known');
  expect(apart(0)).toBe('0.00');
  expect(apart(0.456)).toBe('0.46');
});
