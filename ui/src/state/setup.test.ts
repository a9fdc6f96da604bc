// Saving a provider or a memory server: what is checked, what is kept, what is said.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Preset } from '$gen/Preset';
import { host } from '$host';
import { answering, asked } from '$host/fake';
import { begin } from '../../tests/fake/setup';
import { ProviderForm } from './providers.svelte';
import { BankForm, ServerForm } from './servers.svelte';

const custom: Preset = {
  id: 'custom',
  name: 'Custom',
  wire: 'openai_chat',
  baseUrl: '',
  needsKey: true,
  keyUrl: null,
  variables: [],
  about: '',
};
let undo: () => void = () => undefined;

beforeEach(() => {
  begin('empty');
  asked.length = 0;
});
afterEach(() => undo());

function form(): ProviderForm {
  const made = new ProviderForm({ preset: custom, taken: ['custom'] });
  made.config.name = 'Mine';
  made.config.baseUrl = 'https://api.example.com/v1/chat/completions';
  return made;
}
const names = (): string[] => asked.map((one) => one.name);

it('a refused key is not kept, and is when the person insists', async () => {
  const mine = form();
  mine.key = 'sk-wrong';
  expect(await mine.save()).toBeNull();
  expect(mine.outcome?.kind).toBe('refused');
  expect(names()).toEqual(['provider.check']);
  expect(await mine.save(true)).not.toBeNull();
  expect(names()).toEqual(['provider.check', 'provider.save']);
});

it('an accepted key is kept once, leaves the page, and the healed address is said', async () => {
  const mine = form();
  mine.key = 'sk-good';
  await mine.save();
  expect(mine.outcome?.kind).toBe('accepted');
  expect(mine.key).toBe('');
  expect(mine.keyPresent).toBe(true);
  expect(mine.config.baseUrl).toBe('https://api.example.com/v1');
  expect(mine.healed).toHaveLength(1);
  expect(mine.dirty).toBe(false);
});

it('what could not be checked is kept and said', async () => {
  undo = answering({
    'provider.check': () => {
      throw { code: 'networkUnreachable', message: 'No connection.', retryable: true };
    },
  });
  const mine = form();
  mine.key = 'sk-good';
  expect(await mine.save()).not.toBeNull();
  expect(mine.outcome).toMatchObject({ kind: 'unchecked' });
});

it('a changed name alone asks nobody', async () => {
  const view = await form().save();
  if (view === null) throw new Error('was not saved');
  asked.length = 0;
  const again = new ProviderForm({ view });
  again.config.name = 'Ours';
  await again.save();
  expect(names()).toEqual(['provider.save']);
});

it('a check is about what was checked, and a change of the key makes it old', async () => {
  const mine = form();
  await mine.runCheck();
  expect(mine.checkIsCurrent).toBe(true);
  mine.key = 'other';
  expect(mine.checkIsCurrent).toBe(false);
});

it('a check of one model says nothing about another', async () => {
  const mine = form();
  await mine.runCheck();
  mine.pickModel('custom-2/large-2');
  expect(mine.modelAnswers.kind).toBe('unknown');
  await mine.runCheck();
  expect(mine.modelAnswers.kind).toBe('yes');
});

it('a model that is not listed is kept with the provider, under its name', () => {
  const mine = form();
  mine.pickModel('maker/odd');
  expect(mine.model).toBe('custom-2/maker/odd');
  expect(mine.config.models).toEqual(['maker/odd']);
});

it('a server with a bank that no server takes cannot be saved', () => {
  const server = new ServerForm({ start: { name: 'S', baseUrl: 'http://127.0.0.1:8888' }, taken: [] });
  expect(server.valid).toBe(true);
  server.config.defaultBank = 'a/b';
  expect(server.valid).toBe(false);
});

it('the first server becomes the one in use, a later one only when asked to', () => {
  const start = { name: 'S', baseUrl: 'http://127.0.0.1:8888' };
  expect(new ServerForm({ start, taken: [] }).makeDefault).toBe(true);
  expect(new ServerForm({ start, taken: ['s'] }).makeDefault).toBe(false);
});

it('giving a setting back is a change, and saving makes it clean', async () => {
  const bank = new BankForm('s', 'b', { budget: 'high' });
  expect(bank.dirty).toBe(false);
  bank.settings = {};
  expect(bank.dirty).toBe(true);
  expect(await bank.save()).toBe(true);
  expect(bank.dirty).toBe(false);
});

it('the memory on this computer is saved without an address, and nothing is checked', async () => {
  const { items, defaultId } = await host.call('server.list', {});
  const view = items[0];
  if (!view?.embedded) throw new Error('it does not stand first');
  const server = new ServerForm({ view, isDefault: defaultId === view.config.id });
  expect(server.valid).toBe(true);
  server.config.name = 'My computer';
  server.config.defaultBank = 'ana';
  asked.length = 0;
  expect(await server.save()).toMatchObject({ embedded: true, config: { name: 'My computer', baseUrl: '' } });
  expect(names()).toEqual(['server.save']);
});
