// The scripted app's preferences, chats list, search, models and memory status. `?data=none`, `few` (the usual)
// or `lots` in the address says how much there is; `?theme=dark` and `?welcomed=no` set the preferences.
import type { AppEvent } from '$gen/AppEvent';
import type { Chat } from '$gen/Chat';
import type { Hit } from '$gen/Hit';
import type { MemoryStatus } from '$gen/MemoryStatus';
import type { ModelCard } from '$gen/ModelCard';
import type { ModelInfo } from '$gen/ModelInfo';
import type { Preferences } from '$gen/Preferences';
import type { Theme } from '$gen/Theme';
import type { Answers, Streams } from '../../src/host/fake';

const asked = new URLSearchParams(globalThis.location?.search ?? '');
const amount = asked.get('data') ?? 'few';
const NOW = Date.now();
const HOUR = 3_600_000;

export const preferences: Preferences = {
  theme: (asked.get('theme') as Theme | null) ?? 'system',
  sendKey: 'enter',
  zoom: Number(asked.get('zoom') ?? 1),
  leftWidth: 248,
  rightWidth: 360,
  leftOpen: true,
  rightOpen: true,
  keys: {},
  defaultModel: 'demo/demo',
  defaultProfile: null,
  lastChat: amount === 'none' ? null : 'c1',
  welcomed: asked.get('welcomed') !== 'no',
};

const TITLES: [string, number, Chat['kind']][] = [
  ['Trip to Lisbon', 0.1, 'normal'],
  ['Tax form, second look', 2, 'normal'],
  ['Rust borrow checker and why the closure in the retry loop needs move', 5, 'normal'],
  ['', 6, 'temporary'],
  ['Birthday ideas', 26, 'normal'],
  ['Letter to the landlord', 30, 'incognito'],
  ['Garden plan', 75, 'normal'],
  ['What does the memory do', 100, 'normal'],
  ['Reading list', 400, 'normal'],
  ['Piano practice', 900, 'normal'],
];

export function chat(id: string, title: string, hoursAgo: number, kind: Chat['kind'] = 'normal'): Chat {
  const at = new Date(NOW - hoursAgo * HOUR).toISOString();
  return {
    id,
    title,
    kind,
    bankId: null,
    profileId: null,
    model: 'demo/demo',
    systemPrompt: '',
    settings: asked.get('tools') === 'on' ? { memory_tools: true, ask_before_storing: true } : {},
    leafId: null,
    draft: '',
    createdAt: at,
    updatedAt: at,
  };
}

export const chats: Chat[] =
  amount === 'none'
    ? []
    : amount === 'lots'
      ? Array.from({ length: 3000 }, (_, n) => {
          const [title, , kind] = TITLES[n % TITLES.length] ?? ['', 0, 'normal'];
          return chat(`c${n + 1}`, title && `${title} ${n + 1}`, n * 3, kind);
        })
      : TITLES.map(([title, hours, kind], n) => chat(`c${n + 1}`, title, hours, kind));

const listeners = new Set<(event: AppEvent) => void>();

/** Tells the page something, as the app would. */
export function tell(event: AppEvent) {
  for (const listener of listeners) listener(event);
}

/** What the catalogue knows of a model; most can do most. */
export const card = (own: Partial<ModelCard> = {}): ModelCard => ({
  maxOutput: 64_000,
  inputPrice: 3,
  outputPrice: 15,
  cacheReadPrice: 0.3,
  tools: true,
  images: true,
  files: true,
  reasoning: true,
  ends: null,
  ...own,
});

const known: [id: string, name: string, provider: string, context: number | null, facts: ModelCard | null][] =
  [
    ['demo/demo', 'Demo', 'Demo', null, null],
    ['anthropic/claude-sonnet-4-5', 'Claude Sonnet 4.5', 'Anthropic', 200_000, card()],
    [
      'anthropic/claude-3-haiku',
      'Claude 3 Haiku',
      'Anthropic',
      200_000,
      card({ inputPrice: 0.25, outputPrice: 1.25, reasoning: false, ends: '2027-04-19' }),
    ],
    ['openai/gpt-5.1', 'GPT-5.1', 'OpenAI', 400_000, card({ inputPrice: 1.25, outputPrice: 10 })],
    [
      'ollama/qwen3:8b',
      'qwen3:8b',
      'Ollama',
      40_960,
      card({ inputPrice: 0, outputPrice: 0, images: false, files: false }),
    ],
    ['mistral/mistral-small', 'Mistral Small', 'Mistral', 128_000, card({ files: false })],
    [
      'ollama/my-own-finetune-of-something-with-a-long-name:q4_K_M',
      'my-own-finetune-of-something-with-a-long-name:q4_K_M',
      'Ollama',
      null,
      null,
    ],
  ];

/** `?models=lots` in the address adds as many as a router lists. */
const router: typeof known = Array.from({ length: asked.get('models') === 'lots' ? 2500 : 0 }, (_, n) => [
  `openrouter/maker-${n % 40}/model-${n}`,
  `Maker ${n % 40}: Model ${n}`,
  'OpenRouter',
  n % 5 === 0 ? null : 32_768 * (1 + (n % 8)),
  n % 5 === 0 ? null : card({ inputPrice: (n % 30) / 10, outputPrice: (n % 90) / 10, images: n % 2 === 0 }),
]);

export const models: ModelInfo[] = [...known, ...router].map(([id, name, providerName, context, facts]) => ({
  id,
  name,
  providerId: id.slice(0, id.indexOf('/')),
  providerName,
  context,
  facts,
}));

export const status: MemoryStatus = {
  server: 'This computer',
  bank: {
    serverId: 'embedded',
    bankId: amount === 'none' ? 'default' : 'ana',
    decision: amount === 'none' ? { by: 'built_in' } : { by: 'server' },
  },
  bankError: null,
  injectOff: null,
  storeOff: null,
  health: amount === 'none' ? null : { ok: true, error: null, at: new Date(NOW - 60_000).toISOString() },
  waiting: amount === 'lots' ? 12 : 0,
  failed: amount === 'lots' ? 2 : 0,
};

function find(id: string): Chat {
  const found = chats.find((chat) => chat.id === id);
  if (!found) throw { code: 'notFound', message: `There is no chat \`${id}\`.`, retryable: false };
  return found;
}

export const answers: Answers = {
  'app.preferences': () => preferences,
  'app.savePreferences': (request) => Object.assign(preferences, request.preferences),
  'app.info': () => ({
    version: '0.1.0',
    platform: 'linux',
    dataDir: '/home/ana/.local/share/rearview',
    logDir: '/home/ana/.local/state/rearview/logs',
    startedAt: new Date(NOW - HOUR).toISOString(),
    secrets: { available: true, where: 'Secret Service', why: null } as never,
    disk: [],
    notices: 'Third-party notices.',
  }),
  'app.diagnostics': () => ({ text: 'Rearview 0.1.0\nlinux\nno secrets here' }),
  'app.openUrl': () => ({}),
  'chat.list': ({ limit, offset }) => ({
    items: [...chats].sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)).slice(offset, offset + limit),
    total: chats.length,
    running: amount === 'none' ? [] : ['c2'],
    paused: [],
    asking: {},
  }),
  'chat.create': ({ kind }) => {
    const made = chat(`c${chats.length + 1}`, '', 0, kind);
    chats.unshift(made);
    return made;
  },
  'chat.update': ({ chatId, ...change }) => {
    const set = Object.fromEntries(Object.entries(change).filter(([, value]) => value != null));
    return Object.assign(find(chatId), set);
  },
  'chat.delete': ({ chatId }) => {
    chats.splice(chats.indexOf(find(chatId)), 1);
    return {};
  },
  'chat.search': ({ text, limit, offset }) => {
    const words = text.toLowerCase();
    const hits: Hit[] = chats.map((chat) => ({
      chatId: chat.id,
      chatTitle: chat.title,
      messageId: 'm1',
      role: 'assistant',
      snippet: `Since Ana is vegetarian, \u2068${words}\u2069 is best near the river, where small plates are shared.`,
      createdAt: chat.updatedAt,
    }));
    const items = words.includes('zzz') ? [] : hits.slice(offset, offset + limit);
    return { items, more: offset + limit < hits.length };
  },
  'model.list': () => ({ items: models, failed: [], pricesOf: '2026-11-20' }),
  'memory.status': () => status,
};

export const streams: Streams = {
  'app.events': (_request, item) => {
    listeners.add(item);
    return () => listeners.delete(item);
  },
};
