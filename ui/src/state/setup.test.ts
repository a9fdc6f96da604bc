// Saving a provider or a memory server: what is checked, what is kept, what is said.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Preset } from '$gen/Preset';
import { host } from '$host';
import { DEFAULT_QUIRKS } from '$lib/quirks';
import { answering, asked } from '$host/fake';
import { begin } from '../../tests/fake/setup';
import { KeyImport, LocalSearch } from './finding.svelte';
import { ProviderForm } from './providers.svelte';
import { BankForm, ServerForm } from './servers.svelte';

const custom: Preset = {
  id: 'openai-compatible',
  name: 'Custom',
  wire: 'openai_chat',
  baseUrl: '',
  platform: { kind: 'plain' },
  quirks: DEFAULT_QUIRKS,
  confidence: 'high',
  local: false,
  needsKey: false,
  keyUrl: null,
  docs: null,
  models: 0,
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
  const made = new ProviderForm({ preset: custom, taken: ['openai-compatible'] });
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

it('what could not be checked is kept only when the person says so', async () => {
  undo = answering({
    'provider.check': () => {
      throw { code: 'networkUnreachable', message: 'No connection.', retryable: true };
    },
  });
  const mine = form();
  mine.key = 'sk-good';
  expect(await mine.save()).toBeNull();
  expect(mine.outcome).toMatchObject({ kind: 'unchecked', open: true });
  expect(mine.key).toBe('sk-good');
  expect(await mine.save(true)).not.toBeNull();
  expect(mine.outcome).toMatchObject({ kind: 'unchecked', words: expect.stringContaining('No connection.') });
  expect(names()).toEqual(['provider.check', 'provider.save']);
});

it('what the backend cannot read is to be put right, not to be insisted on', async () => {
  undo = answering({
    'provider.check': () => {
      throw { code: 'invalidInput', message: 'That is no address.', retryable: false };
    },
  });
  const mine = form();
  expect(await mine.save()).toBeNull();
  expect(mine.outcome).toBeNull();
  expect(mine.error?.message).toBe('That is no address.');
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
  mine.pickModel('openai-compatible-2/large-2');
  expect(mine.about('modelAnswers').kind).toBe('unknown');
  await mine.runCheck();
  expect(mine.about('modelAnswers').kind).toBe('yes');
});

it('a model that is not listed is kept with the provider, under its name', () => {
  const mine = form();
  mine.pickModel('maker/odd');
  expect(mine.model).toBe('openai-compatible-2/maker/odd');
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

const sent = (name: string) =>
  asked.filter((one) => one.name === name).map((one) => one.request as Record<string, unknown>);

async function pick(id: string): Promise<ProviderForm> {
  const { presets } = await host.call('provider.list', {});
  const preset = presets.find((one) => one.id === id);
  if (!preset) throw new Error(`the catalogue has no ${id}`);
  asked.length = 0;
  return new ProviderForm({ preset, taken: [] });
}

it('an access key of AWS is sent as one item, with the address of its region', async () => {
  const bedrock = await pick('bedrock');
  bedrock.values.region = 'eu-west-1';
  bedrock.awsMode = 'keys';
  bedrock.aws = { id: 'AKIA1', secret: 'shh', token: '' };
  await bedrock.save();
  const [save] = sent('provider.save');
  expect(JSON.parse(String(save?.key))).toEqual({ access_key_id: 'AKIA1', secret_access_key: 'shh' });
  expect(save?.config).toMatchObject({
    baseUrl: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
    platform: { kind: 'bedrock', region: 'eu-west-1', profile: null },
    catalogue: 'bedrock',
  });
  expect(bedrock.aws.secret).toBe('');
});

it('a profile needs no key, and a key that was kept before does not stay to be used instead', async () => {
  const bedrock = await pick('bedrock');
  bedrock.key = 'bedrock-api-key';
  const view = await bedrock.save();
  if (view === null) throw new Error('was not saved');
  const again = new ProviderForm({ view }, bedrock.preset);
  expect(again.awsMode).toBe('api_key');
  again.awsMode = 'profile';
  again.values.profile = 'work';
  expect(again.dirty).toBe(true);
  asked.length = 0;
  await again.save();
  expect(names()).toEqual(['provider.check', 'provider.save', 'provider.clearKey']);
  expect(sent('provider.save')[0]).toMatchObject({ key: null, config: { platform: { profile: 'work' } } });
  expect(again.keyPresent).toBe(false);
});

it('a pasted service account brings its project, and a wrong one cannot be saved', async () => {
  const vertex = await pick('vertex_ai');
  expect(vertex.faults.missing).toEqual(['Project', 'Key']);
  vertex.pasteAccount('{"type":"authorized_user"}');
  expect(vertex.valid).toBe(false);
  const account = { type: 'service_account', project_id: 'ana-1', client_email: 'a@b', private_key: 'x' };
  vertex.pasteAccount(JSON.stringify(account));
  expect(vertex.valid).toBe(true);
  expect(vertex.composed).toMatchObject({
    baseUrl: 'https://aiplatform.googleapis.com',
    platform: { kind: 'vertex', project: 'ana-1', location: 'global' },
  });
});

it('an Azure resource and an account in an address are fields, and come back as such', async () => {
  const azure = await pick('azure');
  azure.values.resource = 'west';
  expect(azure.composed.baseUrl).toBe('https://west.openai.azure.com');
  const cloud = await pick('cloudflare');
  expect(cloud.valid).toBe(false);
  cloud.values.account_id = 'abc';
  cloud.key = 'sk';
  const view = await cloud.save();
  if (view === null) throw new Error('was not saved');
  const again = new ProviderForm({ view }, cloud.preset);
  expect(again.values.account_id).toBe('abc');
  expect([again.byHand, again.dirty]).toEqual([false, false]);
});

it('an address that the entry does not describe is typed by hand', async () => {
  const cloud = await pick('cloudflare');
  const config = { ...cloud.composed, baseUrl: 'https://proxy.example/v1' };
  const again = new ProviderForm({ view: { config, keyPresent: true, healed: [] } }, cloud.preset);
  expect(again.byHand).toBe(true);
  expect(again.composed.baseUrl).toBe('https://proxy.example/v1');
});

it('a server on this computer is looked for when asked, and added without a key', async () => {
  const { presets } = await host.call('provider.list', {});
  const search = new LocalSearch();
  asked.length = 0;
  await search.look();
  const [server] = search.found?.items ?? [];
  if (!server) throw new Error('nothing was found');
  await search.add(server, presets, ['ollama']);
  expect(names()).toEqual(['provider.findLocal', 'provider.save']);
  expect(sent('provider.save')[0]).toMatchObject({
    key: null,
    config: { id: 'ollama-2', wire: 'ollama_chat', baseUrl: 'http://127.0.0.1:11434', catalogue: 'ollama' },
  });
});

it('keys are taken from a file by name, and one that fails says so without losing the others', async () => {
  const keys = new KeyImport();
  keys.path = '~/work/.env';
  await keys.look();
  const found = keys.file?.importable ?? [];
  expect(found.map((one) => one.variable)).toEqual(['MISTRAL_API_KEY', 'OPENROUTER_API_KEY']);
  let calls = 0;
  const { answers } = await import('../../tests/fake/setup');
  undo = answering({
    'provider.importKey': (request) => {
      calls += 1;
      if (calls === 2) throw { code: 'notFound', message: 'It is not there any more.', retryable: false };
      const taken = answers['provider.importKey']?.(request);
      if (!taken) throw new Error('the scripted app takes no keys');
      return taken;
    },
  });
  const views = await keys.take(found);
  expect(views).toHaveLength(1);
  expect(keys.taken).toHaveLength(1);
  expect(keys.error?.message).toBe('It is not there any more.');
});
