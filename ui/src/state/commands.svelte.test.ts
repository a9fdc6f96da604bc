import { flushSync } from 'svelte';
import { expect, it, vi } from 'vitest';
import { Failure } from '$host';
import { answering, asked } from '../host/fake';
import { mutate, query, read, stale } from './commands.svelte';

const count = (name: string) => asked.filter((call) => call.name === name).length;

function watch<T>(build: () => T): { result: T; stop: () => void } {
  let result: T | undefined;
  const stop = $effect.root(() => {
    result = build();
  });
  flushSync();
  return { result: result as T, stop };
}

it('asks a read once for all who want it', async () => {
  asked.length = 0;
  await Promise.all([read('app.info', {}), read('app.info', {})]);
  await read('app.info', {});
  expect(count('app.info')).toBe(1);
});

it('asks again what a write has made stale, and nothing else', async () => {
  const models = watch(() => query('model.list', () => ({})));
  const chats = watch(() => query('chat.list', () => ({ limit: 5, offset: 0 })));
  await vi.waitFor(() => expect(chats.result.data).toBeDefined());
  await vi.waitFor(() => expect(models.result.data).toBeDefined());
  asked.length = 0;
  await mutate('chat.create', { kind: 'normal' });
  await vi.waitFor(() => expect(count('chat.list')).toBe(1));
  expect(count('model.list')).toBe(0);
  stale(['models']);
  await vi.waitFor(() => expect(count('model.list')).toBe(1));
  models.stop();
  chats.stop();
});

it('asks nothing while there is nothing to ask', () => {
  asked.length = 0;
  const idle = watch(() => query('chat.search', () => null));
  expect([idle.result.isFetching, count('chat.search')]).toEqual([false, 0]);
  idle.stop();
});

it('throws the backend’s own error', async () => {
  const error = { code: 'conflict' as const, message: 'Somebody was faster.', retryable: false };
  const undo = answering({
    'chat.update': () => {
      throw new Failure(error);
    },
  });
  await expect(mutate('chat.update', { chatId: 'c1', title: 'x' })).rejects.toMatchObject({ error });
  undo();
});
