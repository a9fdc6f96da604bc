import { expect, it, vi } from 'vitest';
import { tell } from '../../tests/fake/app';
import { asked } from '../host/fake';
import { app } from './app.svelte';
import { chats } from './chats.svelte';
import { followApp } from './commands.svelte';

const run = (chat_id: string, running: boolean) =>
  tell({ kind: 'run', chat_id, turn_id: 't', answer_id: 'm', running });

it('believes a notice more than an older list', () => {
  const stops = [followApp(), chats.follow()];
  expect(chats.isRunning('c2', ['c2'])).toBe(true);
  run('c2', false);
  expect(chats.isRunning('c2', ['c2'])).toBe(false);
  run('c3', true);
  expect(chats.isRunning('c3', [])).toBe(true);
  stops.forEach((stop) => stop());
});

it('marks a chat that finished while another was open', () => {
  const stops = [followApp(), chats.follow()];
  app.chatId = 'c1';
  run('c1', false);
  run('c5', false);
  expect([chats.news.has('c1'), chats.news.has('c5')]).toEqual([false, true]);
  stops.forEach((stop) => stop());
});

it('keeps the old title when the new one is empty', async () => {
  asked.length = 0;
  await chats.rename('c1', '  ');
  expect(asked).toEqual([]);
  await chats.rename('c1', ' Lisbon ');
  expect(asked[0]).toEqual({ name: 'chat.update', request: { chatId: 'c1', title: 'Lisbon' } });
});

it('opens the chat beside the one that was deleted', async () => {
  const [first, second] = (await import('../../tests/fake/app')).chats;
  if (!first || !second) throw new Error('the scripted app has no chats');
  app.chatId = first.id;
  await chats.delete(first, 'keep', second);
  await vi.waitFor(() => expect(app.chatId).toBe(second.id));
});
