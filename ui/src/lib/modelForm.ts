// A mental model as a form: what a server says as fields, what the fields say as a request, what is wrong with them.
// Pure; views/banks/models/ModelForm draws it.
import type { Budget } from '$gen/Budget';
import type { FactType } from '$gen/FactType';
import type { MentalModel } from '$gen/MentalModel';
import type { NewTrigger } from '$gen/NewTrigger';
import type { TagsMatch } from '$gen/TagsMatch';

type JsonValue = Exclude<NewTrigger['tagGroups'], undefined>;

/** What begins a refresh. A server takes either a schedule or consolidation. */
export type When = 'hand' | 'consolidation' | 'schedule';

export const FACT_TYPES: readonly FactType[] = ['world', 'experience', 'observation'];
export const TOKENS = { least: 256, most: 8192, usual: 2048 };

export interface ModelFields {
  id: string;
  name: string;
  question: string;
  tags: string[];
  maxTokens: number | null;
  when: When;
  cron: string;
  fullCron: string;
  mode: 'full' | 'delta';
  budget: Budget;
  minSeconds: number | null;
  /** Kinds it looks at; all of them are none to a server. */
  factTypes: FactType[];
  excludeModels: boolean;
  excludeIds: string[];
  tagsMatch: TagsMatch | 'usual';
  tagGroups: unknown[];
  includeChunks: boolean;
  recallTokens: number | null;
  chunkTokens: number | null;
  observationTokens: number | null;
  /** Kept as the server has it. */
  observationEntities: boolean | null;
  schema: Record<string, unknown>;
  keepTrace: boolean;
}

/** The fields of a model; without one, of one to be made. */
export function toFields(model?: MentalModel): ModelFields {
  const trigger = model?.trigger;
  return {
    id: model?.id ?? '',
    name: model?.name ?? '',
    question: model?.sourceQuery ?? '',
    tags: model?.tags ?? [],
    maxTokens: model ? (model.maxTokens ?? TOKENS.usual) : TOKENS.usual,
    when: trigger?.refreshCron ? 'schedule' : trigger?.refreshAfterConsolidation ? 'consolidation' : 'hand',
    cron: trigger?.refreshCron ?? '',
    fullCron: trigger?.fullRefreshCron ?? '',
    mode: trigger?.mode ?? 'full',
    budget: trigger?.budget ?? 'mid',
    minSeconds: trigger?.minRefreshIntervalSeconds ?? null,
    factTypes: trigger?.factTypes?.length ? [...trigger.factTypes] : [...FACT_TYPES],
    excludeModels: trigger?.excludeMentalModels ?? false,
    excludeIds: trigger?.excludeMentalModelIds ?? [],
    tagsMatch: trigger?.tagsMatch ?? 'usual',
    tagGroups: Array.isArray(trigger?.tagGroups) ? trigger.tagGroups : [],
    includeChunks: trigger?.includeChunks ?? true,
    recallTokens: trigger?.recallMaxTokens ?? null,
    chunkTokens: trigger?.recallChunksMaxTokens ?? null,
    observationTokens: trigger?.reflectSearchObservationsMaxTokens ?? null,
    observationEntities: trigger?.reflectSearchObservationsIncludeEntities ?? null,
    schema: isObject(trigger?.responseSchema) ? trigger.responseSchema : {},
    keepTrace: trigger?.keepTrace ?? false,
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The trigger as a request. What has the server's default is null, so that it follows the server. */
export function toTrigger(fields: ModelFields): NewTrigger {
  const all = FACT_TYPES.every((type) => fields.factTypes.includes(type));
  return {
    mode: fields.mode,
    budget: fields.budget === 'mid' ? null : fields.budget,
    refreshAfterConsolidation: fields.when === 'consolidation',
    refreshCron: fields.when === 'schedule' ? fields.cron.trim() : null,
    fullRefreshCron: fields.fullCron.trim() || null,
    minRefreshIntervalSeconds: fields.minSeconds,
    factTypes: all ? null : FACT_TYPES.filter((type) => fields.factTypes.includes(type)),
    excludeMentalModels: fields.excludeModels,
    excludeMentalModelIds: fields.excludeIds.length > 0 ? fields.excludeIds : null,
    tagsMatch: fields.tagsMatch === 'usual' ? null : fields.tagsMatch,
    tagGroups: fields.tagGroups.length > 0 ? (fields.tagGroups as JsonValue) : null,
    includeChunks: fields.includeChunks ? null : false,
    recallMaxTokens: fields.recallTokens,
    recallChunksMaxTokens: fields.chunkTokens,
    reflectSearchObservationsMaxTokens: fields.observationTokens,
    reflectSearchObservationsIncludeEntities: fields.observationEntities,
    responseSchema: Object.keys(fields.schema).length > 0 ? (fields.schema as JsonValue) : null,
    keepTrace: fields.keepTrace,
  };
}

/** What keeps the form from being saved, by field; empty when nothing does. */
export function faults(fields: ModelFields): Partial<Record<keyof ModelFields, string>> {
  const wrong: Partial<Record<keyof ModelFields, string>> = {};
  if (fields.name.trim() === '') wrong.name = 'A name is needed.';
  if (fields.question.trim() === '') wrong.question = 'A question is needed.';
  if (fields.maxTokens === null || fields.maxTokens < TOKENS.least || fields.maxTokens > TOKENS.most)
    wrong.maxTokens = `From ${TOKENS.least} to ${TOKENS.most} tokens.`;
  if (fields.factTypes.length === 0) wrong.factTypes = 'At least one kind of facts is needed.';
  if (fields.when === 'schedule' && !five(fields.cron))
    wrong.cron = 'A schedule has five fields, e.g. 0 6 * * *.';
  if (fields.fullCron.trim() !== '' && !five(fields.fullCron))
    wrong.fullCron = 'A schedule has five fields, e.g. 0 6 * * 1.';
  return wrong;
}

const five = (text: string): boolean => text.trim().split(/\s+/).length === 5;

/** Why a parsed value is no list of tag groups; null when it is. */
export function groupFault(value: unknown): string | null {
  if (!Array.isArray(value)) return 'A list of groups is expected, e.g. [{"tags": ["work"]}].';
  return value.map(fault).find((one) => one !== null) ?? null;
}

function fault(group: unknown): string | null {
  if (!isObject(group)) return 'A group is an object with “tags”, “and”, “or” or “not”.';
  if ('tags' in group) {
    const { tags } = group;
    return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')
      ? null
      : '“tags” is a list of texts.';
  }
  for (const key of ['and', 'or'] as const) {
    if (!(key in group)) continue;
    const parts = group[key];
    if (!Array.isArray(parts)) return `“${key}” is a list of groups.`;
    return parts.map(fault).find((one) => one !== null) ?? null;
  }
  if ('not' in group) return fault(group['not']);
  return 'A group has “tags”, “and”, “or” or “not”.';
}

/** Why a parsed value is no schema; null when it is. */
export const schemaFault = (value: unknown): string | null =>
  isObject(value) ? null : 'A JSON schema is an object.';
