// What the page says about the memory engine in this app: its state in words, the share of its limit that is used, the
// models that can read for it. Pure; asking and changing it is in state/engine.svelte.ts.
import type { EngineState } from '$gen/EngineState';
import type { EngineView } from '$gen/EngineView';
import type { ModelInfo } from '$gen/ModelInfo';
import type { Option } from '$parts/types';
import { quoted } from './errors';
import { modelOptions } from './models';

/** The id of the engine among the memory servers. */
export const EMBEDDED = 'embedded';

/** Its state for people. */
export interface EngineSaid {
  tone: 'good' | 'neutral' | 'warn' | 'bad';
  /** The state in one or two words. */
  word: string;
  /** What it means, as a sentence. */
  text: string;
}

/** Whether its state is about to change by itself. */
export function settling(state: EngineState): boolean {
  return state === 'starting' || state === 'loading_model';
}

/** The state in words, with its reason. */
export function engineSaid(view: EngineView): EngineSaid {
  switch (view.state) {
    case 'starting':
      return { tone: 'neutral', word: 'Starting', text: 'The memory file is being opened.' };
    case 'loading_model':
      return {
        tone: 'neutral',
        word: 'Loading',
        text: 'Facts are found by their words until the encoder is loaded.',
      };
    case 'ready':
      return {
        tone: view.reason === null ? 'good' : 'warn',
        word: 'Ready',
        text: view.reason === null ? 'Facts are found by meaning and by words.' : sentence(view.reason),
      };
    case 'degraded':
      return {
        tone: 'warn',
        word: 'Degraded',
        text: ['Facts are found by their words only.', sentence(view.reason)].join(' ').trim(),
      };
    case 'offline':
      return { tone: 'bad', word: 'Offline', text: quoted(view.error?.message ?? 'It does not run.') };
  }
}

/** The engine's reason as a sentence; nothing when it gave none. */
function sentence(reason: string | null): string {
  if (reason === null) return '';
  const words = quoted(reason.charAt(0).toUpperCase() + reason.slice(1));
  return /[.!?…]$/.test(words) ? words : `${words}.`;
}

/** How much of the limit is used today, from 0 to 1. A limit of nothing is used up. */
export function usedToday(view: EngineView): number {
  if (view.tokensPerDay <= 0) return 1;
  return Math.min(1, view.tokensToday / view.tokensPerDay);
}

/** The choice that asks no model. No model has this id: theirs are `provider/model`. */
export const RULES = 'rules';

/** What can read conversations: rules first, then every model but the Demo, which is none. */
export function readerOptions(models: readonly ModelInfo[], chosen: string | null): Option[] {
  const real = modelOptions(models.filter((model) => model.providerId !== 'demo'));
  const gone = chosen !== null && real.every((option) => option.value !== chosen);
  return [
    { value: RULES, label: 'Rules, no model' },
    ...(gone ? [{ value: chosen, label: chosen, group: 'Not listed now' }] : []),
    ...real,
  ];
}
