// Values of turn settings in words, for the tables of the injected panel and for "inherits …" in forms. Pure.

import type { DecidedSettings } from '$gen/DecidedSettings';
import type { Level } from '$gen/Level';
import type { QueryRule } from '$gen/QueryRule';
import { BUILT_IN, SETTINGS, SETTING_NAMES, type SettingName, type SettingValue } from './turnSettings';

/** Words for the values of settings that are one of a few. */
export const CHOICES = {
  mode: { recall: 'recall', reflect: 'reflect' },
  budget: { low: 'low', mid: 'mid', high: 'high' },
  recall_tags_match: {
    any: 'any tag, or untagged',
    all: 'all tags, or untagged',
    any_strict: 'any tag',
    all_strict: 'all tags',
    exact: 'exactly these tags',
  },
  prefer_observations: { server: 'as the bank says', on: 'on', off: 'off' },
  placement: {
    own_block: 'own block before the last message',
    system_message: 'end of the system message',
    prepend_user: 'inside the last user message',
    pinned_per_chat: 'pinned per chat, after the system prompt',
    only_new: 'own block with only what is new',
  },
  fact_types: { world: 'world', experience: 'experience', observation: 'observation' },
  reasoning_effort: {
    provider: 'as the provider does',
    off: 'off',
    low: 'low',
    medium: 'medium',
    high: 'high',
  },
} as const;

const onOff = (on: boolean): string => (on ? 'on' : 'off');

const list = (values: readonly string[], none: string): string =>
  values.length === 0 ? none : values.join(', ');

const WORDS: { [N in SettingName]: (value: SettingValue<N>) => string } = {
  inject_memories: onOff,
  store_conversations: onOff,
  ask_before_retaining: onOff,
  mode: (mode) => CHOICES.mode[mode],
  excluded_models: (globs) => list(globs, 'none'),
  query: queryWords,
  budget: (budget) => CHOICES.budget[budget],
  max_memories: (cap) => (cap.kind === 'at' ? String(cap.n) : 'no limit'),
  max_memory_tokens: (n) => `${n.toLocaleString('en')} tokens`,
  fact_types: (types) => list(types, 'all'),
  recall_tags: (tags) => list(tags, 'none'),
  recall_tags_match: (match) => CHOICES.recall_tags_match[match],
  tag_groups: (groups) => (groups.length === 0 ? 'none' : JSON.stringify(groups)),
  min_scores: (scores) => {
    const floors = Object.entries(scores).filter(([, floor]) => floor !== null && floor !== undefined);
    return list(
      floors.map(([name, floor]) => `${name} ≥ ${floor}`),
      'none',
    );
  },
  prefer_observations: (choice) => CHOICES.prefer_observations[choice],
  temporal_window: (choice) =>
    choice.kind === 'window' ? `${choice.start} to ${choice.end}` : 'read from the query',
  recall_timeout_ms: (ms) => `${ms / 1000} s`,
  reflect_context: (text) => (text === '' ? 'none' : text),
  reflect_response_schema: (schema) => (Object.keys(schema).length === 0 ? 'none' : JSON.stringify(schema)),
  reflect_timeout_ms: (ms) => `${ms / 1000} s`,
  placement: (placement) => CHOICES.placement[placement],
  item_format: ({ dates, sources }) =>
    list([...(dates ? ['dates'] : []), ...(sources ? ['sources'] : [])], 'type and text'),
  tags: (tags) => list(tags, 'none'),
  metadata: (data) =>
    list(
      Object.entries(data).map(([name, value]) => `${name}: ${value}`),
      'none',
    ),
  memory_tools: onOff,
  retain_tool: onOff,
  recall_tool: onOff,
  reflect_tool: onOff,
  ask_before_storing: onOff,
  max_tool_steps: String,
  preload: onOff,
  preload_query: queryWords,
  preload_budget: (budget) => CHOICES.budget[budget],
  preload_max_results: String,
  preload_prefix: (text) => (text.trim() === '' ? 'none' : `“${text.trim()}”`),
  reasoning_effort: (effort) => CHOICES.reasoning_effort[effort],
};

function queryWords(rule: QueryRule): string {
  if (rule.kind === 'fixed') return `always “${rule.text}”`;
  return rule.kind === 'last_user_message' ? 'last user message' : 'last message with the exchange before it';
}

/** A value in words. */
export function settingText<N extends SettingName>(name: N, value: SettingValue<N>): string {
  return WORDS[name](value);
}

/** A row of the settings table of a turn. */
export interface SettingRow {
  name: SettingName;
  label: string;
  value: string;
  level: Level;
}

/** Every setting of a turn: those that somebody decided first, then the built-in ones. */
export function settingRows(settings: DecidedSettings): SettingRow[] {
  const rows = SETTING_NAMES.map((name) => row(settings, name));
  const decided = rows.filter((one) => one.level !== 'built_in');
  return [...decided, ...rows.filter((one) => one.level === 'built_in')];
}

function row<N extends SettingName>(settings: DecidedSettings, name: N): SettingRow {
  const decided = settings[name];
  const value = settingText(name, (decided.value ?? BUILT_IN[name]) as SettingValue<N>);
  return { name, label: SETTINGS[name].label, value, level: decided.level };
}
