// Providers, memory servers, banks and profiles of the scripted app. State lives as long as the page.
import type { Profile } from '$gen/Profile';
import type { Error as AppError } from '$gen/Error';
import type { Preset } from '$gen/Preset';
import type { ProviderCheck } from '$gen/ProviderCheck';
import type { ProviderConfig } from '$gen/ProviderConfig';
import type { ProviderView } from '$gen/ProviderView';
import type { Quirks } from '$gen/Quirks';
import type { ServerView } from '$gen/ServerView';
import type { TurnSettings } from '$gen/TurnSettings';
import type { Verdict } from '$gen/Verdict';
import type { Answers } from '$host/fake';
import { card } from './app';

const quirks: Quirks = {
  maxTokensField: 'auto',
  streamOptions: true,
  midSystem: 'auto',
  listContent: true,
  sampling: true,
  keyHeader: 'auto',
  anthropicVersion: 'auto',
  numCtx: null,
  reasoningEffort: true,
  reasoningSummary: true,
  encryptedReasoning: true,
  replayReasoning: true,
  promptCache: true,
};

/** `?catalogue=lots` in the address brings as many entries as the real one has. */
const lots = new URLSearchParams(globalThis.location?.search ?? '').get('catalogue') === 'lots';

const preset = (
  id: string,
  name: string,
  baseUrl: string,
  about: string,
  more: Partial<Preset> = {},
): Preset => {
  const needsKey = more.needsKey ?? true;
  return {
    id,
    name,
    wire: id === 'anthropic' ? 'anthropic_messages' : 'openai_chat',
    baseUrl,
    platform: { kind: 'plain' },
    quirks,
    confidence: 'high',
    local: false,
    needsKey,
    keyUrl: needsKey ? `https://example.com/${id}/keys` : null,
    docs: `https://example.com/${id}/docs`,
    models: 12,
    variables: needsKey ? [`${id.toUpperCase()}_API_KEY`] : [],
    about,
    ...more,
  };
};
const onThisComputer = { local: true, needsKey: false, models: 0 };

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
  preset('azure', 'Azure OpenAI', 'https://{resource}.openai.azure.com', 'OpenAI models in Azure.', {
    platform: { kind: 'azure', api_version: null, entra: false },
  }),
  preset('bedrock', 'Amazon Bedrock', 'https://bedrock-runtime.{region}.amazonaws.com', 'Models in AWS.', {
    wire: 'bedrock_converse',
    platform: { kind: 'bedrock', region: 'us-east-1', profile: null },
  }),
  preset(
    'vertex_ai',
    'Vertex AI',
    'https://{location}-aiplatform.googleapis.com',
    'Models in Google Cloud.',
    { wire: 'gemini', platform: { kind: 'vertex', project: '', location: 'global' } },
  ),
  preset(
    'cloudflare',
    'Cloudflare Workers AI',
    'https://api.cloudflare.com/client/v4/accounts/{account_id}/ai/v1',
    'Open models at the edge.',
  ),
  preset('maritalk', 'MariTalk', 'https://chat.maritaca.ai/api', 'Models for Portuguese.', {
    confidence: 'low',
    models: 0,
  }),
  preset('ollama', 'Ollama', 'http://127.0.0.1:11434', 'Open models on this computer.', {
    ...onThisComputer,
    wire: 'ollama_chat',
  }),
  preset('lmstudio', 'LM Studio', 'http://127.0.0.1:1234/v1', 'Open models, with a window.', onThisComputer),
  ...Array.from({ length: lots ? 140 : 0 }, (_, n) =>
    preset(
      `house-${n}`,
      `${'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[(n * 7) % 26]}${['cme', 'urora', 'elta', 'ortex'][n % 4]} ${n}`,
      `https://api.house-${n}.example/v1`,
      'A provider with a sentence about itself that is as long as they are at most, and a little longer than that.',
      { confidence: n % 9 === 0 ? 'low' : 'medium', models: (n * 13) % 60 },
    ),
  ),
];

/** A provider as it is kept when nothing about it is special. */
const kept = (config: Pick<ProviderConfig, 'id' | 'name' | 'wire' | 'baseUrl'>): ProviderConfig => ({
  models: [],
  quirks,
  platform: { kind: 'plain' },
  catalogue: config.id,
  ...config,
});

const demo: ProviderView = {
  config: {
    ...kept({ id: 'demo', name: 'Demo', wire: 'demo', baseUrl: 'demo:local' }),
    models: ['demo'],
    catalogue: null,
  },
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
  const wire = 'anthropic_messages' as const;
  setUp.providers.push({
    config: kept({ id: 'anthropic', name: 'Anthropic', wire, baseUrl: 'https://api.anthropic.com' }),
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

/** A check of an address at which nothing answers. */
function nobody(name: string, baseUrl: string, healed: string[]): ProviderCheck {
  const error: AppError = {
    code: 'networkUnreachable',
    message: `${name} did not answer.`,
    retryable: true,
    source: { name, status: null, code: 'refused', message: 'connection refused' },
  };
  const not = unknown('Nothing answered.');
  return {
    reachable: { kind: 'no', error },
    keyAccepted: not,
    modelsListed: not,
    modelAnswers: not,
    streams: not,
    callsTools: not,
    outcome: 'unchecked',
    usd: null,
    models: [],
    baseUrl,
    healed,
  };
}

/** `?slow=1500` in the address makes checks and searches take that long, in milliseconds. */
const slow = Number(new URLSearchParams(globalThis.location?.search ?? '').get('slow') ?? 0);

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
    importable: [{ preset: 'openai', variable: 'OPENAI_API_KEY', path: null }],
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
  'provider.check': async ({ config, key: given, model }) => {
    if (slow) await new Promise((done) => setTimeout(done, slow));
    const { url, healed } = heal(config.baseUrl);
    if (/silent/.test(url)) return nobody(config.name, url, healed);
    const accepted = key(given, config.name);
    const listed = accepted.kind === 'yes';
    const names = ['large-2', 'small-2', 'nano-2'];
    const asked = (said: string) => (model ? yes(said) : unknown('no model was chosen'));
    return {
      reachable: yes('Answered in 84 ms.'),
      keyAccepted: accepted,
      modelsListed: listed
        ? yes(`${names.length} models.`)
        : unknown('Not asked, since the key was refused.'),
      modelAnswers: asked(`${model} answered one token in 410 ms.`),
      streams: asked('The answer came in 3 pieces.'),
      callsTools: asked('It called the tool it was offered.'),
      outcome: listed ? 'accepted' : 'refused',
      usd: model ? 0.000042 : 0,
      models: listed
        ? names.map((name, n) => ({
            id: `${config.id}/${name}`,
            name,
            providerId: config.id,
            providerName: config.name,
            context: name === 'nano-2' ? null : 200_000,
            facts: name === 'nano-2' ? null : card({ inputPrice: 3 - 2 * n, outputPrice: 15 - 10 * n }),
          }))
        : [],
      baseUrl: url,
      healed,
    };
  },
  'provider.findLocal': async () => {
    if (slow) await new Promise((done) => setTimeout(done, slow));
    return {
      items: [
        {
          preset: 'ollama',
          name: 'Ollama',
          wire: 'ollama_chat',
          baseUrl: 'http://127.0.0.1:11434',
          models: ['qwen3:8b', 'gemma3:4b', 'llama3.3:70b', 'nomic-embed'],
          known: setUp.providers.some((one) => one.config.baseUrl === 'http://127.0.0.1:11434'),
        },
      ],
      silent: [
        'http://127.0.0.1:1234',
        'http://127.0.0.1:8080',
        'http://127.0.0.1:8000',
        'http://127.0.0.1:1337',
      ],
    };
  },
  'provider.lookIntoEnvFile': ({ path }) => {
    if (!path.endsWith('.env'))
      throw { code: 'notFound', message: `There is no file \`${path}\`.`, retryable: false };
    const whole = path.replace('~', '/home/ana');
    return {
      path: whole,
      importable: [
        { preset: 'mistral', variable: 'MISTRAL_API_KEY', path: whole },
        { preset: 'openrouter', variable: 'OPENROUTER_API_KEY', path: whole },
      ],
      others: ['DATABASE_URL', 'PORT'],
    };
  },
  'provider.importKey': ({ preset: id }) => {
    const { name, baseUrl, wire } = presets.find((one) => one.id === id) ?? preset(id, id, '', '');
    const view = { config: kept({ id, name, wire, baseUrl }), keyPresent: true, healed: [] };
    setUp.providers = [...setUp.providers.filter((one) => one.config.id !== id), view];
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
