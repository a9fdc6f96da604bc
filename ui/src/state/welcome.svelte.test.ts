// What the welcome offers to read for memory, and when it is kept.
import { beforeEach, expect, it } from 'vitest';
import { asked } from '$host/fake';
import { RULES } from '$lib/engine';
import { DEFAULT_QUIRKS } from '$lib/quirks';
import { engine, restart } from '../../tests/fake/engine';
import { begin } from '../../tests/fake/setup';
import { mutate, stale } from './commands.svelte';
import { Welcoming } from './welcome.svelte';

const preset = {
  id: 'anthropic',
  name: 'Anthropic',
  wire: 'anthropic_messages' as const,
  baseUrl: 'https://api.anthropic.com',
  platform: { kind: 'plain' as const },
  quirks: DEFAULT_QUIRKS,
  confidence: 'high' as const,
  local: false,
  needsKey: true,
  keyUrl: null,
  docs: null,
  models: 0,
  variables: [],
  about: '',
};
const saves = () => asked.filter((call) => call.name === 'engine.saveModel').map((call) => call.request);

beforeEach(() => {
  begin('empty');
  restart();
  stale(['engine', 'servers']);
  asked.length = 0;
});

/** A walk on which a provider with a model was set up. */
async function withProvider(): Promise<Welcoming> {
  const welcome = new Welcoming();
  welcome.pickProvider(preset, []);
  if (!welcome.provider) throw new Error('no form');
  welcome.provider.key = 'sk-good';
  welcome.provider.pickModel('anthropic/large-2');
  await welcome.saveProvider();
  return welcome;
}

it('the model of the provider just set up is preselected, and kept only when the person goes on', async () => {
  const welcome = await withProvider();
  expect(welcome.readerOf(engine)).toBe('anthropic/large-2');
  expect(saves()).toEqual([]);
  expect(await welcome.saveReader()).toBe(true);
  expect(saves()).toEqual([{ model: 'anthropic/large-2', tokensPerDay: engine.tokensPerDay }]);
});

it('a switch to rules is followed', async () => {
  const welcome = await withProvider();
  welcome.picked = RULES;
  expect(await welcome.saveReader()).toBe(true);
  expect(saves()).toEqual([]);
  expect(engine.model).toBeNull();
});

it('a reader that was picked before is not replaced unasked', async () => {
  restart({ model: 'openai/small' });
  const welcome = await withProvider();
  expect(welcome.readerOf(engine)).toBe('openai/small');
  expect(welcome.readersOf(engine)).toEqual(['openai/small', 'anthropic/large-2']);
});

it('with the Demo rules read, and nothing is offered', () => {
  const welcome = new Welcoming();
  welcome.useDemo('demo/demo');
  expect(welcome.readerOf(engine)).toBe(RULES);
  expect(welcome.readersOf(engine)).toEqual([]);
});

it('when facts live on a server, nothing is changed about this computer', async () => {
  const welcome = await withProvider();
  const config = { id: 's', name: 'S', baseUrl: 'http://127.0.0.1:8888', defaultBank: null, settings: {} };
  await mutate('server.save', { config, key: null, makeDefault: true });
  expect(await welcome.saveReader()).toBe(true);
  expect(saves()).toEqual([]);
});
