// Ids that are free, and the three ends of keeping a key.
import { expect, it } from 'vitest';
import type { ProviderCheck } from '$gen/ProviderCheck';
import { freshId, outcomeOfCheck, outcomeOfKey } from './setup';

it('an id is lower case, without odd signs, and never one that is taken', () => {
  expect(freshId('My Server!', [])).toBe('my-server');
  expect(freshId('openai', ['openai', 'openai-2'])).toBe('openai-3');
  expect(freshId('日本', [])).toBe('custom');
});

it('only a clear no refuses a key; not knowing keeps it and says so', () => {
  const error = { code: 'authFailed', message: 'Wrong key.', retryable: false } as const;
  expect(outcomeOfKey({ kind: 'no', error }, null)).toEqual({
    kind: 'refused',
    words: 'Not saved. Wrong key.',
    open: true,
  });
  expect(outcomeOfKey({ kind: 'unknown', why: 'Offline.' }, null).kind).toBe('unchecked');
  expect(outcomeOfKey(undefined, error)).toMatchObject({
    kind: 'unchecked',
    words: expect.stringContaining('Wrong key.'),
  });
  expect(outcomeOfKey({ kind: 'yes', detail: '' }, null).kind).toBe('accepted');
});

const not = { kind: 'unknown', why: 'nothing answered' } as const;
const check = (change: Partial<ProviderCheck>): ProviderCheck => ({
  reachable: { kind: 'yes', detail: '' },
  keyAccepted: not,
  modelsListed: not,
  modelAnswers: not,
  streams: not,
  callsTools: not,
  outcome: 'unchecked',
  usd: null,
  models: [],
  baseUrl: '',
  healed: [],
  ...change,
});
const refusal = { code: 'authFailed', message: 'Groq refused the key.', retryable: false } as const;

it('a refused provider is not kept, says who refused, what to do, and that the old key stays', () => {
  const refused = check({ keyAccepted: { kind: 'no', error: refusal }, outcome: 'refused' });
  expect(outcomeOfCheck(refused, null, { hadKey: true, insisted: false })).toEqual({
    kind: 'refused',
    words: 'Not saved. Groq refused the key. The key kept before stays.',
    advice: 'Paste the key again, or make a new one where the provider gives them.',
    open: true,
  });
  expect(outcomeOfCheck(refused, null, { hadKey: true, insisted: true })).not.toHaveProperty('open');
});

it('what could not be checked waits for the person, and says why', () => {
  const outcome = outcomeOfCheck(check({}), null, { hadKey: false, insisted: false });
  expect(outcome).toMatchObject({
    kind: 'unchecked',
    open: true,
    words: 'Not saved: it could not be checked. Nothing answered.',
  });
  const offline = { code: 'networkUnreachable', message: 'No connection.', retryable: true } as const;
  expect(outcomeOfCheck(null, offline, { hadKey: false, insisted: true })).toMatchObject({
    words: 'Saved without a check. No connection.',
  });
});

it('an accepted provider without a key is not said to have one', () => {
  const accepted = check({ outcome: 'accepted' });
  expect(outcomeOfCheck(accepted, null, { hadKey: false, insisted: false })).toEqual({
    kind: 'accepted',
    words: 'Saved. It answers.',
  });
});
