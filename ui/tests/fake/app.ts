// The scripted app's preferences, chats list, search, models and memory status. `?data=none`, `few` (the usual)
// or `lots` in the address says how much there is; `?theme=dark` and `?welcomed=no` set the preferences.
import type { AppEvent } from '$gen/AppEvent';
import type { Chat } from '$gen/Chat';
import type { Hit } from '$gen/Hit';
import type { MemoryStatus } from '$gen/MemoryStatus';
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

export const models: ModelInfo[] = [
  ['demo/demo', 'Demo', 'demo', 'Demo'],
  ['anthropic/claude-sonnet-4-5', 'Claude Sonnet 4.5', 'anthropic', 'Anthropic'],
  ['openai/gpt-5.1', 'GPT-5.1', 'openai', 'OpenAI'],
  ['ollama/qwen3:8b', 'qwen3:8b', 'ollama', 'Ollama'],
  ['mistral/mistral-small', 'Mistral Small', 'mistral', 'Mistral'],
].map(([id = '', name = '', providerId = '', providerName = '']) => ({
  id,
  name,
  providerId,
  providerName,
  context: providerId === 'demo' ? null : providerId === 'ollama' ? 8192 : 200_000,
  facts:
    providerId === 'demo' || providerId === 'ollama'
      ? null
      : {
          maxOutput: 64_000,
          inputPrice: 3,
          outputPrice: 15,
          cacheReadPrice: 0.3,
          tools: id !== 'mistral/mistral-small',
          images: providerId !== 'mistral',
          files: providerId === 'anthropic',
          reasoning: providerId !== 'mistral',
          ends: null,
        },
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
