// Operations in words, nested, and looked at no more often than needed.
import { expect, it } from 'vitest';
import type { Operation } from '$gen/Operation';
import { canCancel, canForget, canRetry, kindWord, lookAgain, nest, share, statusTone } from './operations';

const operation = (id: string, more: Partial<Operation> = {}): Operation => ({
  id,
  status: 'completed',
  kind: 'retain',
  itemsCount: null,
  documentId: null,
  createdAt: null,
  updatedAt: null,
  completedAt: null,
  errorMessage: null,
  retryCount: null,
  nextRetryAt: null,
  progress: null,
  filename: null,
  mentalModelId: null,
  details: null,
  resultMetadata: null,
  taskPayload: null,
  childOperations: [],
  ...more,
});

it('parts stand below their whole, once, and the rest stays where it is', () => {
  const part = (operationId: string) => ({
    operationId,
    status: 'failed',
    subBatchIndex: null,
    itemsCount: null,
    errorMessage: null,
  });
  const operations = [operation('whole', { kind: 'batch_retain' }), operation('a'), operation('other')];
  const all = nest(operations, new Map([['whole', [part('a'), part('gone'), part('whole')]]]));
  expect(
    all.map(({ operation: { id }, parts }) => [id, parts.map((one) => one.operation?.id ?? null)]),
  ).toEqual([
    ['whole', ['a', null]],
    ['other', []],
  ]);
});

it('the list is looked at each second while something is under way, else every ten', () => {
  expect(lookAgain([operation('a'), operation('b', { status: 'processing' })])).toBe(1000);
  expect(lookAgain([operation('a', { status: 'paused' })])).toBe(1000);
  expect(lookAgain([operation('a')])).toBe(10_000);
  expect(lookAgain(undefined)).toBe(10_000);
});

it('what a status allows', () => {
  const allowed = (status: string) => [canCancel(status), canRetry(status), canForget(status)];
  expect(allowed('pending')).toEqual([true, false, false]);
  expect(allowed('failed')).toEqual([false, true, true]);
  expect(allowed('completed')).toEqual([false, false, true]);
  expect(allowed('not_found')).toEqual([false, false, false]);
});

it('progress is a share only when both numbers make one', () => {
  const progress = (processed: number | null, total: number | null) =>
    share({ stage: null, at: null, processed, total, detail: null });
  expect([progress(1, 4), progress(9, 4), progress(1, 0), progress(null, 4)]).toEqual([0.25, 1, null, null]);
  expect(share(null)).toBeNull();
});

it('unknown kinds and states keep the words of the server', () => {
  expect(kindWord('make_coffee')).toBe('make coffee');
  expect(kindWord(null)).toBe('operation');
  expect(statusTone('paused')).toBe('neutral');
});
