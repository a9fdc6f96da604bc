// The engine as the page follows it: asked again only while it settles, changed at once, errors kept where they happen.
import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { answering, asked } from '$host/fake';
import { RULES } from '$lib/engine';
import { chats } from '../../tests/fake/app';
import { engine, restart } from '../../tests/fake/engine';
import { app } from './app.svelte';
import { stale } from './commands.svelte';
import { ReaderForm, Sample, engineOf, followEngine } from './engine.svelte';

let stop: () => void = () => undefined;
let undo: () => void = () => undefined;
const times = (name: string) => asked.filter((call) => call.name === name).length;

function mount(build: () => void) {
  stop = $effect.root(build);
  flushSync();
}

beforeEach(() => {
  restart();
  stale(['engine']);
  asked.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  stop();
  undo();
});

it('is asked every second while it starts and loads, and no more once it is ready', async () => {
  vi.useFakeTimers();
  restart({ state: 'starting' });
  mount(() => followEngine());
  await vi.advanceTimersByTimeAsync(2_500);
  const whileStarting = times('engine.status');
  expect(whileStarting).toBeGreaterThanOrEqual(3);
  engine.state = 'loading_model';
  await vi.advanceTimersByTimeAsync(2_000);
  expect(times('engine.status')).toBeGreaterThan(whileStarting);
  engine.state = 'ready';
  await vi.advanceTimersByTimeAsync(2_000);
  const whenReady = times('engine.status');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(times('engine.status')).toBe(whenReady);
});

it('is not asked for a turn that uses another server', () => {
  const bank = { serverId: 'elsewhere', bankId: 'b', decision: { by: 'server' as const } };
  mount(() => engineOf(() => ({ bank }) as never));
  expect(times('engine.status')).toBe(0);
});

it('rules are kept as no model', async () => {
  const form = new ReaderForm();
  expect(await form.save('anthropic/large', 1_000)).toBe(true);
  expect(engine).toMatchObject({ model: 'anthropic/large', tokensPerDay: 1_000 });
  expect(await form.save(RULES, 1_000)).toBe(true);
  expect(engine.model).toBeNull();
});

it('a reader that is refused is not kept, and the refusal is shown', async () => {
  undo = answering({
    'engine.saveModel': () => {
      throw { code: 'invalidRequest', message: 'The Demo is no model.', retryable: false };
    },
  });
  const form = new ReaderForm();
  expect(await form.save('demo/demo', 1_000)).toBe(false);
  expect(form.error?.message).toBe('The Demo is no model.');
  expect(form.saving).toBe(false);
});

it('the sample is loaded once, however often it is pressed', async () => {
  const sample = new Sample();
  const both = [sample.load(), sample.load()];
  expect(sample.busy).toBe('loading');
  await Promise.all(both);
  expect(times('engine.loadSample')).toBe(1);
  expect(engine.sample).toBe(true);
  expect(sample.busy).toBeNull();
});

it('a question to the sample waits in the composer of a new chat on its bank', async () => {
  const drafts: unknown[] = [];
  undo = answering({
    'chat.saveDraft': (request) => {
      drafts.push(request);
      return {};
    },
  });
  await new Sample().ask('Who is allergic?');
  expect(asked.find((call) => call.name === 'chat.create')?.request).toMatchObject({ bankId: 'sample' });
  expect(drafts).toEqual([{ chatId: chats[0]?.id, text: 'Who is allergic?' }]);
  expect(app.chatId).toBe(chats[0]?.id);
  expect(times('turn.start')).toBe(0);
});

it('a sample that cannot be loaded says why and can be tried again', async () => {
  undo = answering({
    'engine.loadSample': () => {
      throw { code: 'timeout', message: 'The sample is still being loaded.', retryable: true };
    },
  });
  const sample = new Sample();
  await sample.load();
  expect(sample.error?.message).toBe('The sample is still being loaded.');
  expect(sample.busy).toBeNull();
});
