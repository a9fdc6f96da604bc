// Models as choices: grouped by provider, found by name, named shortly, with what the catalogue knows of them. Pure.
import type { ModelInfo } from '$gen/ModelInfo';
import type { Option } from '$parts/types';
import { perMillion } from './price';

/** A size in tokens as people say it: `200k`, `1M`. */
export function contextWords(tokens: number): string {
  if (tokens >= 1_000_000) return `${Number((tokens / 1_000_000).toFixed(1))}M`;
  // Sizes are powers of two or round thousands; both are said in thousands, as vendors do.
  if (tokens >= 1000) return `${Math.round(tokens / (tokens % 1024 === 0 ? 1024 : 1000))}k`;
  return String(tokens);
}

/** All models as choices, grouped by provider in the order of the list; found by their ids as well. */
export function modelOptions(models: readonly ModelInfo[]): Option[] {
  const groups = new Map<string, ModelInfo[]>();
  // A group may not be torn apart: the list may bring models that were typed after those that were listed.
  for (const model of models)
    groups.set(model.providerName, [...(groups.get(model.providerName) ?? []), model]);
  return [...groups.values()].flat().map((model) => {
    const context = model.context === null ? null : `${contextWords(model.context)} tokens`;
    const detail = [context, perMillion(model.facts)].filter((said) => said !== null).join(' · ');
    return {
      value: model.id,
      label: model.name,
      group: model.providerName,
      find: model.id,
      detail: detail === '' ? undefined : detail,
    };
  });
}

/** A model's name, or the second part of its id when it is on no list. */
export function modelName(id: string, models: readonly ModelInfo[]): string {
  return models.find((model) => model.id === id)?.name ?? id.slice(id.indexOf('/') + 1);
}

/** Choices for answering again: the model that answered first, under its own heading. */
export function againOptions(models: readonly ModelInfo[], answered: string): Option[] {
  const rest = modelOptions(models).filter((option) => option.value !== answered);
  return [{ value: answered, label: modelName(answered, models), group: 'Same model' }, ...rest];
}

/** The model that answers when nobody chose one: the built-in Demo, as the app itself decides. */
export const NOBODY_CHOSE = 'demo/demo';

/** Whether only the built-in Demo can answer, which is no model. */
export function onlyDemo(models: readonly ModelInfo[]): boolean {
  return models.every((model) => model.providerId === 'demo');
}

/** Something a model can do. */
export type Ability = 'tools' | 'images' | 'files' | 'reasoning';

/** Words for what a model can do, in the order they are shown. */
export const ABILITIES: Record<Ability, string> = {
  tools: 'calls tools',
  images: 'reads images',
  files: 'reads PDF files',
  reasoning: 'reasons before it answers',
};

/** A model as a line of a picker. */
export interface ModelSaid {
  /** `200k`; null when it is not known. */
  context: string | null;
  /** `$3 / $15`; null when it is not known. */
  price: string | null;
  /** What it can do; null when the catalogue does not list it. */
  can: Ability[] | null;
  /** When it is switched off, and whether that is past; null when nothing is announced. */
  ends: { on: string; past: boolean } | null;
  /** Everything above as a sentence, for screen readers and on hover. */
  words: string;
}

/** What is said of a model. `today` is a date such as `2026-11-27`. */
export function modelSaid(model: ModelInfo, today: string): ModelSaid {
  const { facts } = model;
  const context = model.context === null ? null : contextWords(model.context);
  const price = perMillion(facts);
  const can = facts && (Object.keys(ABILITIES) as Ability[]).filter((ability) => facts[ability]);
  const ends = facts?.ends ? { on: facts.ends, past: facts.ends < today } : null;
  const words = [
    context === null ? 'Context not known' : `Context ${context} tokens`,
    price === null ? 'price not known' : `${price} per million tokens in / out`,
    can === null
      ? 'abilities not known'
      : can.length === 0
        ? 'text only'
        : can.map((ability) => ABILITIES[ability]).join(', '),
    ...(ends === null ? [] : [ends.past ? `ended on ${ends.on}` : `ends on ${ends.on}`]),
  ].join('; ');
  return { context, price, can, ends, words };
}

/** Whether typed words can be a model of their own: `provider/model`, both parts there, no spaces. */
export function isModelString(typed: string): boolean {
  return /^[^\s/]+\/\S+$/.test(typed);
}
