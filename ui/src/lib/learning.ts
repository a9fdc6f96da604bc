// The four ways in which a chat can learn: one choice for a few settings that can also be set one by one. Pure.

import type { TurnSettings } from '$gen/TurnSettings';
import { setOver, type Layers } from './overrides';
import { decide } from './turnSettings';
import type { SettingName } from './turnSettings';

export type LearningMode = 'automatic' | 'ask_first' | 'read_only' | 'off';

/** The modes in words, in the order they are shown. */
export const LEARNING: { value: LearningMode; label: string; help: string }[] = [
  { value: 'automatic', label: 'Automatic', help: 'Memories are used, and what is said is stored.' },
  {
    value: 'ask_first',
    label: 'Ask first',
    help: 'Memories are used. Nothing is stored before you say so, at the answer.',
  },
  { value: 'read_only', label: 'Read-only', help: 'Memories are used, and nothing is stored.' },
  { value: 'off', label: 'Off', help: 'Nothing is recalled and nothing is stored.' },
];

/** Which mode some layers come to; null when they are set one by one in another way. */
export function learningMode(layers: Layers): LearningMode | null {
  const on = (name: 'inject_memories' | 'store_conversations' | 'ask_before_retaining') =>
    decide(name, layers).value;
  if (!on('inject_memories')) return on('store_conversations') ? null : 'off';
  if (!on('store_conversations')) {
    // A model that may store with a tool does not only read.
    const stores = decide('memory_tools', layers).value && decide('retain_tool', layers).value;
    return stores ? null : 'read_only';
  }
  return on('ask_before_retaining') ? 'ask_first' : 'automatic';
}

/** A layer with a mode set, as far as the layers below do not say it already. */
export function withLearning(layer: TurnSettings, below: Layers, mode: LearningMode): TurnSettings {
  const set = (into: TurnSettings, name: SettingName, value: boolean) => setOver(into, below, name, value);
  const was = learningMode([...below, { level: 'chat', layer }]);
  let next = set(layer, 'inject_memories', mode !== 'off');
  next = set(next, 'store_conversations', mode === 'automatic' || mode === 'ask_first');
  next = set(next, 'ask_before_retaining', mode === 'ask_first');
  if (mode === 'read_only') next = set(next, 'retain_tool', false);
  else if (was === 'read_only') next = set(next, 'retain_tool', true);
  return next;
}
