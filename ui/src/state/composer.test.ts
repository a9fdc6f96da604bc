// Nothing typed is lost, and what is different for one message is different for one message only.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { OpenChat } from './chat.svelte';
import { Composer } from './composer.svelte';
import { asked } from '../host/fake';

const chat = (sent: boolean) => ({ send: vi.fn(async () => sent), chat: null });
const as = (fake: ReturnType<typeof chat>) => fake as unknown as OpenChat;
const drafts = () => asked.filter(({ name }) => name === 'chat.saveDraft').map(({ request }) => request);

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
});
afterEach(() => vi.useRealTimers());

it('a message that could not be sent stays with its overrides', async () => {
  const composer = new Composer('c');
  composer.write('hello');
  composer.over = { bankId: 'work', settings: {} };
  expect(await composer.send(as(chat(false)))).toBe(false);
  expect([composer.text, composer.over.bankId]).toEqual(['hello', 'work']);
});

it('overrides go with one message', async () => {
  const composer = new Composer('c');
  const fake = chat(true);
  composer.write('hello');
  composer.over = { bankId: null, settings: { inject_memories: false } };
  await composer.send(as(fake));
  composer.write('again');
  await composer.send(as(fake));
  const settings = fake.send.mock.calls.map(
    (call) => (call as unknown as [{ settings: unknown }])[0].settings,
  );
  expect(settings).toEqual([{ inject_memories: false }, {}]);
});

it('what is typed while a message is on its way stays', async () => {
  const composer = new Composer('c');
  composer.write('first');
  const sending = composer.send(as(chat(true)));
  composer.write('second');
  await sending;
  expect(composer.text).toBe('second');
});

it('blanks are not sent', async () => {
  const composer = new Composer('c');
  const fake = chat(true);
  composer.write(' \n');
  await composer.send(as(fake));
  expect(fake.send).not.toHaveBeenCalled();
});

it('the draft is kept a moment after the last key, once', () => {
  const composer = new Composer('c');
  composer.restore('');
  composer.write('he');
  vi.advanceTimersByTime(300);
  composer.write('hello');
  vi.advanceTimersByTime(400);
  expect(drafts()).toEqual([{ chatId: 'c', text: 'hello' }]);
});

it('a kept draft comes back, but not over what was typed meanwhile', () => {
  const fresh = new Composer('c');
  fresh.restore('kept');
  const typed = new Composer('c');
  typed.write('new');
  typed.restore('kept');
  expect([fresh.text, typed.text]).toEqual(['kept', 'new']);
});

it('what was typed before the chat was loaded is kept as well', () => {
  const composer = new Composer('c');
  composer.write('early');
  vi.advanceTimersByTime(1000);
  composer.restore('old');
  vi.advanceTimersByTime(400);
  expect(drafts()).toEqual([{ chatId: 'c', text: 'early' }]);
});

it('a draft that was restored is not kept again', async () => {
  const composer = new Composer('c');
  composer.restore('kept');
  await composer.saveDraft();
  expect(drafts()).toEqual([]);
});

it('files and more models go with the message; the models stay, the files do not', async () => {
  vi.useRealTimers(); // files are read by the browser's own clock
  const composer = new Composer('c');
  const fake = { ...chat(true), chat: { model: 'a/own' } };
  composer.write('read this');
  await composer.attach([new File(['words'], 'notes.md')]);
  composer.addModel('b/other', 'a/own');
  composer.addModel('a/own2', 'a/own');
  await composer.send(as(fake as never));
  const [sent] = fake.send.mock.calls[0] as unknown as [{ files: { name: string }[]; also: string[] }];
  expect([sent.files.map(({ name }) => name), sent.also]).toEqual([['notes.md'], ['b/other', 'a/own2']]);
  expect([composer.files, composer.also]).toEqual([[], ['b/other', 'a/own2']]);
});

it('a model that became the chat’s own meanwhile does not answer twice', async () => {
  const composer = new Composer('c');
  const fake = { ...chat(true), chat: { model: 'b/other' } };
  composer.addModel('b/other', 'a/own');
  composer.write('hello');
  await composer.send(as(fake as never));
  expect((fake.send.mock.calls[0] as unknown as [{ also: string[] }])[0].also).toEqual([]);
});

it('a file alone can be sent', async () => {
  vi.useRealTimers(); // files are read by the browser's own clock
  const composer = new Composer('c');
  await composer.attach([new File(['words'], 'notes.md')]);
  expect(composer.ready).toBe(true);
});
