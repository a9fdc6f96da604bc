// Models as choices: grouped by provider, found by name, named shortly. Pure.
import type { ModelInfo } from '$gen/ModelInfo';
import type { Option } from '$parts/types';
import { number } from './format';

/** All models as choices, grouped by provider in the order of the list. */
export function modelOptions(models: readonly ModelInfo[]): Option[] {
  return models.map((model) => ({
    value: model.id,
    label: model.name,
    group: model.providerName,
    detail: model.context === null ? undefined : `${number(model.context)} tokens`,
  }));
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
