// Ids that are free, and the three ends of keeping a key.
import { expect, it } from 'vitest';
import { freshId, outcomeOfKey } from './setup';

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
  });
  expect(outcomeOfKey({ kind: 'unknown', why: 'Offline.' }, null).kind).toBe('unchecked');
  expect(outcomeOfKey(undefined, error)).toMatchObject({
    kind: 'unchecked',
    words: expect.stringContaining('Wrong key.'),
  });
  expect(outcomeOfKey({ kind: 'yes', detail: '' }, null).kind).toBe('accepted');
});
