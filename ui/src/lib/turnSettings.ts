// The settings of a turn as the page knows them: their order, words, built-in values, how a layer is read
// and changed, and who decided. Pure. What is decided for a real turn comes from its record; `decide` here
// is for forms, which show what a person would inherit.

import type { Decided } from '$gen/Decided';
import type { DecidedSettings } from '$gen/DecidedSettings';
import type { Level } from '$gen/Level';
import type { TurnSettings } from '$gen/TurnSettings';

/** A setting's name, as hindsight-litellm spells it. */
export type SettingName = keyof DecidedSettings;
/** The value of a setting. */
export type SettingValue<N extends SettingName> = DecidedSettings[N]['value'];

/** How a setting is shown in a form. */
export interface SettingWords {
  label: string;
  /** One short sentence on what it does. */
  help: string;
  group: 'use' | 'recall' | 'reflect' | 'prompt' | 'tools' | 'store' | 'model';
}

/** The groups of the form, in order. */
export const GROUPS: { id: SettingWords['group']; label: string }[] = [
  { id: 'use', label: 'Use of memory' },
  { id: 'recall', label: 'What is recalled' },
  { id: 'reflect', label: 'Reflect' },
  { id: 'prompt', label: 'How it enters the prompt' },
  { id: 'store', label: 'What is stored' },
  { id: 'tools', label: 'Memory tools' },
  { id: 'model', label: 'The model' },
];

/** Words of every setting. A missing one does not compile. */
export const SETTINGS: Record<SettingName, SettingWords> = {
  inject_memories: { group: 'use', label: 'Inject memories', help: 'Put what memory knows into the prompt.' },
  store_conversations: {
    group: 'use',
    label: 'Store conversations',
    help: 'Hand each finished turn to memory.',
  },
  ask_before_retaining: {
    group: 'use',
    label: 'Ask before storing a turn',
    help: 'Nothing is handed to memory until you say so, at the answer. Tools ask as well.',
  },
  mode: {
    group: 'use',
    label: 'Mode',
    help: 'Recall gives facts as they are. Reflect lets the server write a paragraph.',
  },
  excluded_models: {
    group: 'use',
    label: 'Excluded models',
    help: 'Models that bypass memory, e.g. demo/* or gpt-*.',
  },
  query: { group: 'recall', label: 'Query', help: 'What memory is searched with.' },
  budget: { group: 'recall', label: 'Budget', help: 'How many candidates each search arm looks at.' },
  max_memories: { group: 'recall', label: 'Most memories', help: 'At most this many are injected.' },
  max_memory_tokens: {
    group: 'recall',
    label: 'Most tokens',
    help: 'At most this many tokens of memories are asked for.',
  },
  fact_types: { group: 'recall', label: 'Kinds of facts', help: 'Only these kinds. None picked means all.' },
  recall_tags: { group: 'recall', label: 'Recall tags', help: 'Only memories with these tags.' },
  recall_tags_match: { group: 'recall', label: 'Tags match', help: 'How recall tags are compared.' },
  tag_groups: {
    group: 'recall',
    label: 'Tag groups',
    help: 'Boolean groups over tags, as a JSON list in the server’s form.',
  },
  min_scores: {
    group: 'recall',
    label: 'Score floors',
    help: 'Memories below are left out. Raw scores, not percentages.',
  },
  prefer_observations: {
    group: 'recall',
    label: 'Prefer observations',
    help: 'Leave out raw facts that an observation covers.',
  },
  temporal_window: {
    group: 'recall',
    label: 'Time window',
    help: 'Replaces the dates read from the query. It ranks, it does not filter.',
  },
  recall_timeout_ms: {
    group: 'recall',
    label: 'Recall time-out',
    help: 'After this the turn goes on without memory.',
  },
  reflect_context: { group: 'reflect', label: 'Reflect context', help: 'Said to reflect beside the query.' },
  reflect_response_schema: {
    group: 'reflect',
    label: 'Response schema',
    help: 'A JSON schema for a structured answer.',
  },
  reflect_timeout_ms: {
    group: 'reflect',
    label: 'Reflect time-out',
    help: 'After this the turn goes on without memory.',
  },
  placement: {
    group: 'prompt',
    label: 'Placement',
    help: 'A block of its own keeps the provider’s prompt cache.',
  },
  item_format: { group: 'prompt', label: 'Each memory shows', help: 'Added to type and text.' },
  tags: { group: 'store', label: 'Tags', help: 'Put on what is stored, beside the chat’s own tag.' },
  metadata: { group: 'store', label: 'Metadata', help: 'Names and values put on what is stored.' },
  memory_tools: {
    group: 'tools',
    label: 'Memory tools',
    help: 'The model may look into memory and store in it by itself.',
  },
  retain_tool: { group: 'tools', label: 'May store', help: 'Off makes it read only (retain_memory).' },
  recall_tool: { group: 'tools', label: 'May look up', help: 'Finds facts (recall_memory).' },
  reflect_tool: { group: 'tools', label: 'May ask', help: 'Gets a paragraph (reflect_on_memory).' },
  ask_before_storing: {
    group: 'tools',
    label: 'Ask before storing',
    help: 'Nothing is stored by a tool until you allow it.',
  },
  max_tool_steps: {
    group: 'tools',
    label: 'Most requests',
    help: 'At most this many requests to the model in one turn.',
  },
  preload: {
    group: 'tools',
    label: 'Preload',
    help: 'Look into memory before the first request, in place of the automatic recall.',
  },
  preload_query: { group: 'tools', label: 'Preload query', help: 'What the preload searches with.' },
  preload_budget: { group: 'tools', label: 'Preload budget', help: 'How hard the preload looks.' },
  preload_max_results: {
    group: 'tools',
    label: 'Most preloaded',
    help: 'At most this many memories are preloaded.',
  },
  preload_prefix: {
    group: 'tools',
    label: 'Preload prefix',
    help: 'Stands before the preloaded memories.',
  },
  reasoning_effort: {
    group: 'model',
    label: 'Reasoning',
    help: 'How much the model thinks before it answers.',
  },
};

/** All names, in the order of the form. */
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** What holds when nobody says anything. The same values as the app's own table; a test compares them. */
export const BUILT_IN: Required<TurnSettings> = {
  inject_memories: true,
  store_conversations: true,
  ask_before_retaining: false,
  mode: 'recall',
  excluded_models: [],
  query: { kind: 'last_user_message' },
  budget: 'mid',
  max_memories: { kind: 'none' },
  max_memory_tokens: 4096,
  fact_types: [],
  recall_tags: [],
  recall_tags_match: 'any',
  tag_groups: [],
  min_scores: {},
  prefer_observations: 'server',
  temporal_window: { kind: 'none' },
  recall_timeout_ms: 3000,
  reflect_context: '',
  reflect_response_schema: {},
  reflect_timeout_ms: 30000,
  placement: 'own_block',
  item_format: { dates: false, sources: false },
  tags: [],
  metadata: {},
  memory_tools: false,
  retain_tool: true,
  recall_tool: true,
  reflect_tool: true,
  ask_before_storing: false,
  max_tool_steps: 8,
  preload: true,
  preload_query: { kind: 'fixed', text: 'relevant context about the user' },
  preload_budget: 'low',
  preload_max_results: 5,
  preload_prefix: 'Relevant memories:\n',
  reasoning_effort: 'provider',
};

/** Settings that are on or off. */
export const SWITCHES = [
  'inject_memories',
  'store_conversations',
  'ask_before_retaining',
  'memory_tools',
  'retain_tool',
  'recall_tool',
  'reflect_tool',
  'ask_before_storing',
  'preload',
] as const satisfies readonly SettingName[];

/** Whether a setting is on or off. */
export function isSwitch(name: SettingName): name is (typeof SWITCHES)[number] {
  return (SWITCHES as readonly SettingName[]).includes(name);
}

/** The levels in words. */
export const LEVELS: Record<Level, string> = {
  built_in: 'built in',
  server: 'server',
  bank: 'bank',
  profile: 'profile',
  chat: 'chat',
  message: 'message',
};

/** Whether a layer sets a setting. An empty list that is present counts: it clears what lies below. */
export function isSet(layer: TurnSettings, name: SettingName): boolean {
  return layer[name] !== undefined;
}

/** How many settings a layer sets. */
export function countSet(layer: TurnSettings): number {
  return SETTING_NAMES.filter((name) => isSet(layer, name)).length;
}

/** The layer with one setting set. */
export function withSetting<N extends SettingName>(
  layer: TurnSettings,
  name: N,
  value: SettingValue<N>,
): TurnSettings {
  return { ...layer, [name]: value };
}

/** The layer with one setting left to the levels below. */
export function withoutSetting(layer: TurnSettings, name: SettingName): TurnSettings {
  return Object.fromEntries(Object.entries(layer).filter(([key]) => key !== name)) as TurnSettings;
}

/** What a setting is when layers are folded over the built-in values, from the lowest to the highest. */
export function decide<N extends SettingName>(
  name: N,
  layers: readonly { level: Level; layer: TurnSettings }[],
): Decided<SettingValue<N>> {
  let decided: Decided<SettingValue<N>> = { value: BUILT_IN[name] as SettingValue<N>, level: 'built_in' };
  for (const { level, layer } of layers) {
    if (isSet(layer, name)) decided = { value: layer[name] as SettingValue<N>, level };
  }
  return decided;
}
