// Providers, memory servers, banks and profiles of the scripted app. State lives as long as the page.
import type { Profile } from '$gen/Profile';
import type { Preset } from '$gen/Preset';
import type { ProviderView } from '$gen/ProviderView';
import type { Quirks } from '$gen/Quirks';
import type { ServerView } from '$gen/ServerView';
import type { TurnSettings } from '$gen/TurnSettings';
import type { Verdict } from '$gen/Verdict';
import type { Answers } from '$host/fake';

const quirks: Quirks = {
  maxTokensField: 'auto',
  streamOptions: true,
  midSystem: 'auto',
  listContent: true,
  sampling: true,
};

const preset = (id: string, name: string, baseUrl: string, about: string, needsKey = true): Preset => ({
  id,
  name,
  wire: id === 'anthropic' ? 'anthropic_messages' : 'openai_chat',
  baseUrl,
  needsKey,
  keyUrl: needsKey ? `https://example.com/${id}/keys` : null,
  variables: needsKey ? [`${id.toUpperCase()}_API_KEY`] : [],
  about,
});

const presets: Preset[] = [
  preset('openai', 'OpenAI', 'https://api.openai.com/v1', 'GPT models, billed per token.'),
  preset('anthropic', 'Anthropic', 'https://api.anthropic.com', 'Claude models, billed per token.'),
  preset(
    'openrouter',
    'OpenRouter',
    'https://openrouter.ai/api/v1',
    'Many models of many makers behind one key.',
  ),
  preset('mistral', 'Mistral', 'https://api.mistral.ai/v1', 'Models from Paris, open and closed.'),
  preset('ollama', 'Ollama', 'http://127.0.0.1:11434/v1', 'Open models on this machine.', false),
  preset(
    'lmstudio',
    'LM Studio',
    'http://127.0.0.1:1234/v1',
    'Open models on this machine, with a window.',
    false,
  ),
  preset(
    'openai-compatible',
    'OpenAI-compatible',
    '',
    'Any address that speaks OpenAI Chat Completions.',
    false,
  ),
];

const demo: ProviderView = {
  config: { id: 'demo', name: 'Demo', wire: 'demo', baseUrl: 'demo:local', models: ['demo'], quirks },
  keyPresent: false,
  healed: [],
};

const here = (): ServerView => ({
  config: { id: 'embedded', name: 'This computer', baseUrl: '', defaultBank: null, settings: {} },
  embedded: true,
  keyPresent: false,
  healed: [],
});

const setUp = {
  providers: [demo] as ProviderView[],
  servers: [here()],
  defaultId: 'embedded' as string | null,
  profiles: [] as Profile[],
  banks: new Map<string, TurnSettings>(),
};

/** Begins anew: nothing but the Demo and the memory on this computer, or with a provider, a server and a profile too. */
export function begin(how: 'empty' | 'ready') {
  setUp.providers = [demo];
  setUp.servers = [here()];
  setUp.defaultId = 'embedded';
  setUp.profiles = [];
  if (how === 'empty') return;
  const config = {
    id: 'anthropic',
    name: 'Anthropic',
    wire: 'anthropic_messages' as const,
    models: [],
    quirks,
  };
  setUp.providers.push({
    config: { ...config, baseUrl: 'https://api.anthropic.com' },
    keyPresent: true,
    healed: [],
  });
  const server = { id: 'hindsight', name: 'Hindsight', baseUrl: 'http://127.0.0.1:8888', defaultBank: 'ana' };
  const settings = { budget: 'high' as const };
  setUp.servers.push({ config: { ...server, settings }, embedded: false, keyPresent: true, healed: [] });
  setUp.profiles.push({
    id: 'p1',
    name: 'Work',
    userId: 'ana@example.org',
    bankRule: 'team-{user.prefix}',
    bankId: null,
    settings: { tags: ['work'] },
  });
}
begin(new URLSearchParams(globalThis.location?.search ?? '').get('data') === 'none' ? 'empty' : 'ready');

const yes = (detail: string): Verdict => ({ kind: 'yes', detail });
const unknown = (why: string): Verdict => ({ kind: 'unknown', why });
/** A key that contains `wrong` is refused, as a real one would be. */
function key(given: string | null | undefined, name: string): Verdict {
  if (!given?.includes('wrong')) return yes('Accepted.');
  const source = { name, status: 401, code: 'invalid_api_key', message: 'Incorrect API key provided.' };
  return {
    kind: 'no',
    error: {
      code: 'authFailed',
      message: `${name} refused the key.`,
      hint: 'Paste it again.',
      retryable: false,
      source,
    },
  };
}
function heal(url: string): { url: string; healed: string[] } {
  const healed = url.replace(/\/(chat\/completions|models)?\/?$/, '');
  return { url: healed, healed: healed === url ? [] : ['took the endpoint off its end'] };
}

const banks = Array.from({ length: 64 }, (_, n) => ({
  id: ['default', 'ana', 'team-ana'][n] ?? `project-${n}`,
  name: ['default', 'Ana', 'team-ana'][n] ?? `Project ${n}`,
  facts: n === 3 ? null : (n * 7919) % 4000,
  lastWriteAt: n < 4 ? new Date(Date.now() - n * 3_600_000).toISOString() : null,
}));

export const answers: Answers = {
  'provider.list': () => ({
    items: setUp.providers,
    presets,
    importable: [{ preset: 'openai', variable: 'OPENAI_API_KEY' }],
  }),
  'provider.save': ({ config, key }) => {
    const { url, healed } = heal(config.baseUrl);
    const old = setUp.providers.find((one) => one.config.id === config.id);
    const view = {
      config: { ...config, baseUrl: url },
      keyPresent: Boolean(key) || (old?.keyPresent ?? false),
      healed,
    };
    setUp.providers = [...setUp.providers.filter((one) => one !== old), view];
    return view;
  },
  'provider.delete': ({ providerId }) => {
    setUp.providers = setUp.providers.filter((one) => one.config.id !== providerId);
    return {};
  },
  'provider.clearKey': ({ providerId }) => {
    setUp.providers = setUp.providers.map((one) =>
      one.config.id === providerId ? { ...one, keyPresent: false } : one,
    );
    return {};
  },
  'provider.check': ({ config, key: given, model }) => {
    const { url, healed } = heal(config.baseUrl);
    const accepted = key(given, config.name);
    const listed = accepted.kind === 'yes';
    const names = ['large-2', 'small-2', 'nano-2'];
    return {
      reachable: yes('Answered in 84 ms.'),
      keyAccepted: accepted,
      modelsListed: listed
        ? yes(`${names.length} models.`)
        : unknown('Not asked, since the key was refused.'),
      modelAnswers: model
        ? yes(`${model} answered one token in 410 ms.`)
        : unknown('No model is chosen yet.'),
      models: listed
        ? names.map((name) => ({
            id: `${config.id}/${name}`,
            name,
            providerId: config.id,
            providerName: config.name,
            context: name === 'nano-2' ? null : 200_000,
          }))
        : [],
      baseUrl: url,
      healed,
    };
  },
  'provider.importKey': ({ preset: id }) => {
    const { name, baseUrl, wire } = presets.find((one) => one.id === id) ?? preset(id, id, '', '');
    const view = { config: { id, name, wire, baseUrl, models: [], quirks }, keyPresent: true, healed: [] };
    setUp.providers = [...setUp.providers, view];
    return view;
  },
  'server.list': () => ({ items: setUp.servers, defaultId: setUp.defaultId }),
  'server.save': ({ config, key, makeDefault }) => {
    const { url, healed } = heal(config.baseUrl);
    const old = setUp.servers.find((one) => one.config.id === config.id);
    const view = {
      config: { ...config, baseUrl: url },
      embedded: old?.embedded ?? false,
      keyPresent: Boolean(key) || (old?.keyPresent ?? false),
      healed,
    };
    setUp.servers = old ? setUp.servers.map((one) => (one === old ? view : one)) : [...setUp.servers, view];
    if (makeDefault) setUp.defaultId = config.id;
    return view;
  },
  'server.delete': ({ serverId }) => {
    setUp.servers = setUp.servers.filter((one) => one.config.id !== serverId);
    if (setUp.defaultId === serverId) setUp.defaultId = setUp.servers[0]?.config.id ?? null;
    return {};
  },
  'server.clearKey': ({ serverId }) => {
    setUp.servers = setUp.servers.map((one) =>
      one.config.id === serverId ? { ...one, keyPresent: false } : one,
    );
    return {};
  },
  'server.makeDefault': ({ serverId }) => {
    setUp.defaultId = serverId;
    return {};
  },
  'server.check': ({ baseUrl, key: given }) => {
    const { url, healed } = heal(baseUrl);
    return {
      reachable: yes('Answered in 12 ms.'),
      version: yes('Hindsight 1.1.0.'),
      keyAccepted: key(given, 'Hindsight'),
      features: [
        { name: 'recall', available: true, reason: null },
        { name: 'reflect', available: true, reason: null },
        { name: 'observations', available: true, reason: null },
        { name: 'webhooks', available: false, reason: 'not in this version' },
      ],
      banks: banks.length,
      baseUrl: url,
      healed,
    };
  },
  'server.banks': ({ q, limit, offset }) => {
    const fitting = banks.filter(
      (bank) => !q || `${bank.id} ${bank.name}`.toLowerCase().includes(q.toLowerCase()),
    );
    return { items: fitting.slice(offset, offset + limit), total: fitting.length };
  },
  'bank.settings': ({ bankId }) => ({ settings: setUp.banks.get(bankId) ?? {} }),
  'bank.saveSettings': ({ bankId, settings }) => {
    setUp.banks.set(bankId, settings);
    return {};
  },
  'profile.list': () => ({ items: setUp.profiles }),
  'profile.save': ({ profile }) => {
    const kept = { ...profile, id: profile.id || `p${Date.now()}` };
    setUp.profiles = [...setUp.profiles.filter((one) => one.id !== kept.id), kept];
    return kept;
  },
  'profile.delete': ({ profileId }) => {
    setUp.profiles = setUp.profiles.filter((one) => one.id !== profileId);
    return {};
  },
};
