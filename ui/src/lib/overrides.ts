// Memory settings for one message or one chat, as the composer offers them: which there are, what each would be
// without them, and chips that say what is different. Pure; names, words and folding are in turnSettings.ts.
import type { Level } from '$gen/Level';
import type { TurnSettings } from '$gen/TurnSettings';
import { settingText } from './settingWords';
import { SETTINGS, SETTING_NAMES, decide, isSet, withSetting, withoutSetting } from './turnSettings';
import type { SettingName, SettingValue } from './turnSettings';
import { same } from './same';

/** Layers of settings from the lowest to the highest. */
export type Layers = readonly { level: Level; layer: TurnSettings }[];

/** What is different for the next message alone. */
export interface Overrides {
  /** Another bank; null leaves it to the chat. */
  bankId: string | null;
  settings: TurnSettings;
}

/** Nothing is different. */
export const NO_OVERRIDES: Overrides = { bankId: null, settings: {} };

/**
 * A layer with a setting set to a value, or left to the layers below when they say the same already. An empty
 * list under a list that is not empty stays: it clears.
 */
export function setOver<N extends SettingName>(
  layer: TurnSettings,
  below: Layers,
  name: N,
  value: SettingValue<N>,
): TurnSettings {
  if (same(decide(name, below).value, value)) return withoutSetting(layer, name);
  return withSetting(layer, name, value);
}

/** Whether anything is different. */
export function overrides({ bankId, settings }: Overrides): boolean {
  return bankId !== null || SETTING_NAMES.some((name) => isSet(settings, name));
}

/** Whether neither half of memory touches a message, which is worth saying in words. */
export function incognito(layers: Layers): boolean {
  return !decide('inject_memories', layers).value && !decide('store_conversations', layers).value;
}

/** A chip above the composer: something that is different for the next message. */
export interface Chip {
  /** What is taken back when the chip is closed. */
  takes: readonly (SettingName | 'bank')[];
  words: string;
}

/** Short words for chips whose label and value together would be long. */
const SHORT: Partial<Record<SettingName, (value: string) => string>> = {
  inject_memories: (value) => (value === 'on' ? 'memory on' : 'no memory'),
  store_conversations: (value) => (value === 'on' ? 'stored' : 'not stored'),
  ask_before_retaining: (value) =>
    value === 'on' ? 'asks before storing the turn' : 'stored without asking',
  mode: (value) => value,
  memory_tools: (value) => (value === 'on' ? 'memory tools on' : 'no memory tools'),
  ask_before_storing: (value) => (value === 'on' ? 'asks before storing' : 'stores without asking'),
  reasoning_effort: (value) => `reasoning ${value}`,
  max_memories: (value) => (value === 'no limit' ? 'any number of memories' : `at most ${value} memories`),
  max_memory_tokens: (value) => `at most ${value}`,
};

/** The chips of what is different. Both halves off are one chip. */
export function chips({ bankId, settings }: Overrides): Chip[] {
  const out: Chip[] = [];
  const off = settings.inject_memories === false && settings.store_conversations === false;
  if (off)
    out.push({ takes: ['inject_memories', 'store_conversations'], words: 'Incognito for this message' });
  if (bankId !== null) out.push({ takes: ['bank'], words: `bank ${bankId}` });
  for (const name of SETTING_NAMES) {
    if (!isSet(settings, name)) continue;
    if (off && (name === 'inject_memories' || name === 'store_conversations')) continue;
    out.push({ takes: [name], words: chipWords(name, settings) });
  }
  return out;
}

function chipWords<N extends SettingName>(name: N, settings: TurnSettings): string {
  const value = settingText(name, settings[name] as SettingValue<N>);
  return SHORT[name]?.(value) ?? `${SETTINGS[name].label.toLowerCase()}: ${value}`;
}

/** Takes back what a chip stands for. */
export function takeBack(from: Overrides, { takes }: Chip): Overrides {
  const settings = takes.reduce<TurnSettings>(
    (layer, name) => (name === 'bank' ? layer : withoutSetting(layer, name)),
    from.settings,
  );
  return { bankId: takes.includes('bank') ? null : from.bankId, settings };
}
