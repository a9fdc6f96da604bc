// Several models in one chat: their answers side by side, one of them gone on with, all of them stopped. On the scripted
// app, whose models take their time.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { asked } from '../host/fake';
import { app } from './app.svelte';
import { OpenChat } from './chat.svelte';
import { Composer, MAX_MODELS } from './composer.svelte';
import { comparisonsOf } from './compare.svelte';

const MODELS = ['demo/demo', 'openai/gpt-5.1', 'ollama/qwen3:8b'];
let chat: OpenChat;

async function begin(chatId: string) {
  chat = new OpenChat(chatId);
  await vi.waitFor(() => expect(chat.chat).not.toBeNull());
}

async function send() {
  const [, ...also] = MODELS;
  await chat.send({ text: 'Which?', images: [], files: [], also, bankId: null, settings: {} });
}

const requests = (name: string) => asked.filter((one) => one.name === name).map(({ request }) => request);

beforeEach(() => {
  asked.length = 0;
});

afterEach(async () => {
  await chat.stop();
  await vi.waitFor(() => expect(chat.running).toBe(false));
  chat.close();
});

it('one message to three models makes three answers side by side, the first on the path', async () => {
  await begin('c3');
  await send();
  expect(chat.runs).toHaveLength(3);
  const comparison = chat.compared(chat.path.length - 1);
  expect(comparison?.answers.map((id) => chat.turns.get(chat.messages.get(id)?.turnId ?? '')?.model)).toEqual(
    MODELS,
  );
  expect(chat.path.at(-1)?.id).toBe(comparison?.answers[0]);
  expect(app.selectedTurnId).toBe(chat.path.at(-1)?.turnId);
});

it('stopping one leaves the others running; stopping stops all', async () => {
  await begin('c4');
  await send();
  const [, second] = chat.runs;
  if (!second) throw new Error('no second run');
  await chat.stop([second]);
  await vi.waitFor(() => expect(chat.runs).toHaveLength(2));
  expect(requests('turn.cancel')).toEqual([{ runId: second.id }]);
  await chat.stop();
  await vi.waitFor(() => expect(chat.runs).toHaveLength(0));
});

it('going on with one answer shows its branch and makes its model the chat’s', async () => {
  await begin('c5');
  await send();
  await chat.stop();
  await vi.waitFor(() => expect(chat.running).toBe(false));
  const third = chat.compared(chat.path.length - 1)?.answers[2] ?? '';
  await chat.continueWith(third);
  expect(chat.path.at(-1)?.id).toBe(third);
  expect(chat.chat?.model).toBe('ollama/qwen3:8b');
  expect(app.selectedTurnId).toBe(chat.path.at(-1)?.turnId);
  expect(chat.compared(chat.path.length - 1)?.answers).toHaveLength(3);
});

it('answering again where answers are compared adds one beside them', async () => {
  await begin('c9');
  await send();
  await chat.stop();
  await vi.waitFor(() => expect(chat.running).toBe(false));
  const asked = chat.path.at(-2)?.id ?? '';
  await chat.retry(asked, 'openai/gpt-5.1');
  const comparison = chat.compared(chat.path.length - 1);
  expect(comparison?.answers).toHaveLength(4);
  expect(comparison?.shown).toBe(chat.path.at(-1)?.id);
});

it('branches of an old question are compared on demand, loaded as they are needed, and shown alone again', async () => {
  await begin('c7');
  expect(chat.compared(1)).toBeNull();
  await chat.compare(1);
  const comparison = chat.compared(1);
  expect(comparison?.answers).toHaveLength(3);
  expect(comparison?.answers.every((id) => chat.messages.has(id))).toBe(true);
  chat.single(1);
  expect(chat.compared(1)).toBeNull();
});

it('a chat that is opened while several answers are written shows them side by side', async () => {
  await begin('c10');
  await send();
  const before = chat.compared(chat.path.length - 1)?.answers;
  chat.close();
  comparisonsOf('c10').clear();
  chat = new OpenChat('c10');
  await vi.waitFor(() => expect(chat.compared(chat.path.length - 1)?.answers).toEqual(before));
  expect(chat.runs).toHaveLength(3);
});

it('models are added once each, never the chat’s own, and at most as many as can be read', () => {
  const composer = new Composer('x');
  composer.addModel('own', 'own');
  for (const model of ['a', 'a', 'b', 'c', 'd']) composer.addModel(model, 'own');
  expect(composer.also).toEqual(['a', 'b', 'c']);
  expect(composer.also.length + 1).toBe(MAX_MODELS);
  composer.removeModel('b');
  expect(composer.also).toEqual(['a', 'c']);
});

it('a chat that is opened while only an answer beside the visible one is written shows both', async () => {
  await begin('c6');
  await send();
  const [first, second] = chat.runs;
  if (!first || !second) throw new Error('no two runs');
  await chat.stop([first, second]);
  await vi.waitFor(() => expect(chat.runs).toHaveLength(1));
  chat.close();
  comparisonsOf('c6').clear();
  chat = new OpenChat('c6');
  await vi.waitFor(() => expect(chat.compared(chat.path.length - 1)?.answers).toHaveLength(2));
  expect(chat.path).toHaveLength(2);
});
