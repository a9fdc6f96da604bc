// Missions of a bank while they are edited: which settings belong to them, what changed, what does not fit. Pure.
// A draft holds what the bank is to override; what is absent is inherited. The keys are those of
// crates/curate/src/mission.
import { CONFIG_KEYS, EXTRACTION_MODES, configKey, isSet, valueText } from './bankConfig';
import { same } from './same';

export type Draft = Record<string, unknown>;

export const MISSION_KEYS = [
  'reflect_mission',
  'retain_mission',
  'observations_mission',
  'disposition_skepticism',
  'disposition_literalism',
  'disposition_empathy',
  'retain_extraction_mode',
  'retain_custom_instructions',
  'entity_labels',
  'entities_allow_free_form',
  'retain_strategies',
  'retain_default_strategy',
] as const;
export type MissionKey = (typeof MISSION_KEYS)[number];

/** The three missions: what each changes, and what it does not. They are often taken for one another. */
export const MISSIONS = [
  {
    key: 'retain_mission',
    label: 'Retain mission',
    when: 'When a text is read',
    changes: 'Changes which facts are found in new texts.',
    leaves: 'Leaves stored facts, observations and answers as they are.',
    placeholder:
      'e.g. Keep what a gardener must remember: plants, places, dates of sowing, what failed and why.',
  },
  {
    key: 'observations_mission',
    label: 'Observations mission',
    when: 'When facts are merged',
    changes: 'Changes how facts become observations: it takes the place of the built-in rules.',
    leaves: 'Leaves the facts themselves and answers as they are.',
    placeholder: 'e.g. Keep one observation a plant: where it stands, how it fares, what it needs.',
  },
  {
    key: 'reflect_mission',
    label: 'Reflect mission',
    when: 'When memory answers',
    changes: 'Changes who speaks and to what end when memory reflects.',
    leaves: 'Leaves what is found, stored and recalled as it is. Recall does not read it.',
    placeholder: 'e.g. You are the memory of a small nursery. Help its owner decide what to do this week.',
  },
] as const;

/** The three tones of reflect, with words for both ends. */
export const DISPOSITIONS = [
  {
    key: 'disposition_skepticism',
    label: 'Scepticism',
    low: 'trusting',
    high: 'doubting',
    help: 'How far it doubts what it reads.',
  },
  {
    key: 'disposition_literalism',
    label: 'Literalism',
    low: 'reads between the lines',
    high: 'word for word',
    help: 'How literally it takes words.',
  },
  {
    key: 'disposition_empathy',
    label: 'Empathy',
    low: 'detached',
    high: 'warm',
    help: 'How much it minds feelings.',
  },
] as const;

/** What counts when a tone is not set (Hindsight 1.1). */
export const MIDDLE = 3;

/** The part of a bank's overrides that belongs to its missions. */
export function missionOf(overrides: Record<string, unknown>): Draft {
  return Object.fromEntries(
    MISSION_KEYS.filter((key) => isSet(overrides, key)).map((key) => [key, overrides[key]]),
  );
}

/** A draft with one value changed; null, and for texts the empty one, gives it back. */
export function withValue(draft: Draft, key: MissionKey, value: unknown): Draft {
  const rest = Object.fromEntries(Object.entries(draft).filter(([other]) => other !== key));
  return value === null || value === undefined || value === '' ? rest : { ...rest, [key]: value };
}

/** The keys in which two drafts differ, in the order of the form. */
export function changedKeys(a: Draft, b: Draft): MissionKey[] {
  return MISSION_KEYS.filter((key) => !same(a[key] ?? null, b[key] ?? null));
}

/** A key as people read it. */
export function keyLabel(key: string): string {
  return configKey(key)?.label ?? key;
}

/** A value as the text that a word diff compares. */
export function diffText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : valueText(value);
}

/** What holds for a key in this form: the draft's own value, else what is inherited. */
export function effective(draft: Draft, inherited: Record<string, unknown>, key: MissionKey): unknown {
  return isSet(draft, key) ? draft[key] : (inherited[key] ?? null);
}

/**
 * What would hold if the bank set nothing, as far as that can be told: a key that the bank overrides now hides what
 * lies under it, so the API's own default stands in for it.
 */
export function inheritedOf(
  config: Record<string, unknown>,
  overrides: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    CONFIG_KEYS.map(({ key, byDefault }) => [
      key,
      isSet(overrides, key) ? byDefault : (config[key] ?? byDefault),
    ]),
  );
}

export const LABEL_TYPES = [
  { value: 'value', label: 'One value', detail: 'one of the values below' },
  { value: 'multi-values', label: 'Several values', detail: 'any of the values below' },
  { value: 'text', label: 'Text', detail: 'free words' },
  { value: 'multi-text', label: 'Several texts', detail: 'a list of free words' },
  { value: 'map', label: 'Map', detail: 'fields with values of their own' },
] as const;
export type LabelType = (typeof LABEL_TYPES)[number]['value'];

/** A label that facts are sorted by. Fields that a newer server adds are kept. */
export interface EntityLabel {
  key: string;
  description?: string;
  type?: LabelType;
  optional?: boolean;
  tag?: boolean;
  values?: { value: string; description?: string }[];
  fields?: Record<string, unknown>;
  [more: string]: unknown;
}

/** The labels of a value; null when it is none that the form can show. */
export function labelsOf(value: unknown): EntityLabel[] | null {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) return null;
  const isValue = (one: unknown) => typeof (one as { value?: unknown } | null)?.value === 'string';
  const fits = (one: unknown) => {
    if (typeof one !== 'object' || one === null) return false;
    const { key, values }: { key?: unknown; values?: unknown } = one;
    return (
      typeof key === 'string' && (values === undefined || (Array.isArray(values) && values.every(isValue)))
    );
  };
  return value.every(fits) ? (value as EntityLabel[]) : null;
}

/** Why a list of labels cannot be saved; null when it can. The server takes more than it understands. */
export function labelsFault(labels: readonly EntityLabel[]): string | null {
  const seen = new Set<string>();
  for (const label of labels) {
    const key = label.key.trim();
    if (key === '') return 'Every label needs a name.';
    if (seen.has(key.toLowerCase())) return `Two labels are called “${key}”.`;
    seen.add(key.toLowerCase());
    const type = label.type ?? 'value';
    if (!LABEL_TYPES.some((one) => one.value === type))
      return `“${key}” has the type “${type}”, which is none.`;
    const values = (label.values ?? []).map(({ value }) => value.trim());
    if ((type === 'value' || type === 'multi-values') && values.length === 0)
      return `“${key}” needs at least one value.`;
    if (values.includes('')) return `“${key}” has a value without words.`;
    if (new Set(values).size < values.length) return `“${key}” has a value twice.`;
    if (type === 'map' && Object.keys(label.fields ?? {}).length === 0)
      return `“${key}” needs at least one field.`;
  }
  return null;
}

/** Why a draft cannot be saved, by key. */
export function faults(
  draft: Draft,
  inherited: Record<string, unknown>,
): Partial<Record<MissionKey, string>> {
  const found: Partial<Record<MissionKey, string>> = {};
  const mode = effective(draft, inherited, 'retain_extraction_mode');
  if (isSet(draft, 'retain_extraction_mode') && !EXTRACTION_MODES.some(({ value }) => value === mode))
    found.retain_extraction_mode = `“${String(mode)}” is no mode; a server would read it as Concise.`;
  if (mode === 'custom' && !effective(draft, inherited, 'retain_custom_instructions'))
    found.retain_custom_instructions =
      'The mode Custom needs instructions; without them it reads as Concise.';
  const labels = labelsOf(draft.entity_labels);
  const labelsWrong =
    labels === null ? 'The labels have a shape that Rearview cannot show.' : labelsFault(labels);
  if (labelsWrong !== null) found.entity_labels = labelsWrong;
  const strategies = effective(draft, inherited, 'retain_strategies');
  const names = typeof strategies === 'object' && strategies !== null ? Object.keys(strategies) : [];
  if (isSet(draft, 'retain_strategies')) {
    if (names.some((name) => name.trim() === '')) found.retain_strategies = 'Every strategy needs a name.';
    for (const [name, partial] of Object.entries(strategies ?? {})) {
      const own: unknown = (partial as Record<string, unknown> | null)?.retain_extraction_mode;
      if (own !== undefined && own !== null && !EXTRACTION_MODES.some(({ value }) => value === own))
        found.retain_strategies = `“${name}” has the mode “${String(own)}”, which is none.`;
    }
  }
  const chosen = draft.retain_default_strategy;
  if (typeof chosen === 'string' && !names.includes(chosen))
    found.retain_default_strategy = `There is no strategy “${chosen}”.`;
  for (const { key, label } of DISPOSITIONS) {
    const value = draft[key];
    if (
      isSet(draft, key) &&
      !(typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 5)
    )
      found[key] = `${label} goes from 1 to 5.`;
  }
  return found;
}
