// A model that was just set up: who gets it without asking, and who is asked.
import { beforeEach, expect, it } from 'vitest';
import { answering, asked } from '$host/fake';
import { AfterSetUp } from './afterSetUp.svelte';
import { app } from './app.svelte';
import { stale } from './commands.svelte';
import { preferences } from './preferences.svelte';

const NEW = 'groq/llama-9';

beforeEach(async () => {
  await preferences.load();
  stale(['chat']);
  app.chatId = 'c1';
  asked.length = 0;
});

const updates = () => asked.filter((one) => one.name === 'chat.update').map((one) => one.request);

/** The open chat answers with this model. */
function openChatUses(model: string): () => void {
  return answering({ 'chat.open': () => ({ chat: { model } }) as never });
}

it('who had no model gets it in new chats, and in the open one that the Demo would answer', async () => {
  const undo = openChatUses('demo/demo');
  preferences.set({ defaultModel: null });
  const next = new AfterSetUp(NEW);
  await next.useFirst('Llama 9');
  undo();
  expect(preferences.now.defaultModel).toBe(NEW);
  expect(updates()).toEqual([{ chatId: 'c1', model: NEW }]);
  expect(next.done).toBe('New chats and the open chat use Llama 9.');
});

it('an open chat with a model of its own keeps it until somebody says otherwise', async () => {
  const undo = openChatUses('openai/gpt-5.1');
  preferences.set({ defaultModel: null });
  const next = new AfterSetUp(NEW);
  await next.useFirst('Llama 9');
  undo();
  expect(updates()).toEqual([]);
  expect(next.openChatToo).toBe(true);
  await next.use('Llama 9');
  expect(updates()).toHaveLength(1);
});

it('a model that was chosen before stays the one of new chats', async () => {
  preferences.set({ defaultModel: 'openai/gpt-5.1' });
  await new AfterSetUp(NEW).useFirst('Llama 9');
  expect(preferences.now.defaultModel).toBe('openai/gpt-5.1');
  expect(updates()).toEqual([]);
});
