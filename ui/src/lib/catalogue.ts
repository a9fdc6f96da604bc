// The catalogue of providers as a list to choose from: its groups, its order, and how typing narrows it. Pure; the
// rows come from `provider.list`.
import type { Preset } from '$gen/Preset';
import type { WireKind } from '$gen/WireKind';
import { DEFAULT_QUIRKS } from './quirks';
import { rank } from './text';

/** Entries that most people look for, in the order they are shown. A matter of taste, so it is in one place. */
const POPULAR = [
  'openai',
  'anthropic',
  'gemini',
  'openrouter',
  'mistral',
  'deepseek',
  'groq',
  'xai',
  'azure',
  'bedrock',
  'vertex_ai',
];

/** Ids of the two entries that stand for an address of one's own. */
const OWN = new Set(['openai-compatible', 'anthropic-compatible']);

export const GROUPS = {
  popular: 'Popular',
  local: 'On this computer',
  own: 'Your own address',
  others: 'All others, A–Z',
} as const;
export type GroupName = (typeof GROUPS)[keyof typeof GROUPS];

/** An entry with the heading it stands under. */
export interface Entry {
  preset: Preset;
  group: GroupName;
}

function own(id: string, name: string, wire: WireKind, about: string): Preset {
  return {
    id,
    name,
    wire,
    baseUrl: '',
    platform: { kind: 'plain' },
    quirks: DEFAULT_QUIRKS,
    confidence: 'high',
    local: false,
    needsKey: false,
    keyUrl: null,
    docs: null,
    models: 0,
    variables: [],
    about,
  };
}

const OWN_PRESETS: readonly Preset[] = [
  own(
    'openai-compatible',
    'OpenAI-compatible',
    'openai_chat',
    'Any address that speaks OpenAI Chat Completions.',
  ),
  own(
    'anthropic-compatible',
    'Anthropic-compatible',
    'anthropic_messages',
    'Any address that speaks Anthropic Messages.',
  ),
];

/** Whether an entry stands for an address of one's own, which no row of the catalogue describes. */
export function isOwn(preset: Preset): boolean {
  return OWN.has(preset.id);
}

/** All entries under their headings: popular, on this computer, one's own address, the others by name. */
export function entries(presets: readonly Preset[]): Entry[] {
  const listed = presets.filter((preset) => preset.wire !== 'demo' && !isOwn(preset));
  const byId = new Map(listed.map((preset) => [preset.id, preset]));
  const popular = POPULAR.map((id) => byId.get(id)).filter((preset) => preset !== undefined);
  const rest = listed.filter((preset) => !popular.includes(preset));
  const sorted = rest.toSorted((a, b) => a.name.localeCompare(b.name, undefined, { sensitivity: 'base' }));
  const under = (group: GroupName, some: readonly Preset[]) => some.map((preset) => ({ preset, group }));
  return [
    ...under(GROUPS.popular, popular),
    ...under(
      GROUPS.local,
      sorted.filter((preset) => preset.local),
    ),
    ...under(GROUPS.own, OWN_PRESETS),
    ...under(
      GROUPS.others,
      sorted.filter((preset) => !preset.local),
    ),
  ];
}

/** What an entry is found by: its name, its id, the variables of its key. */
function words(preset: Preset): string {
  return [preset.name, preset.id, ...preset.variables].join(' ');
}

/**
 * The entries that have every typed word, best first inside their group. One's own address stays, as it is the
 * answer when nothing fits; `fits` counts without it.
 */
export function find(all: readonly Entry[], typed: string): { shown: Entry[]; fits: number; of: number } {
  const of = all.filter(({ group }) => group !== GROUPS.own).length;
  if (typed.trim() === '') return { shown: [...all], fits: of, of };
  const scored = all.flatMap((entry) => {
    const score = rank(words(entry.preset), typed);
    return score === null ? [] : [{ entry, score }];
  });
  const hits = scored.filter(({ entry }) => entry.group !== GROUPS.own);
  const order = Object.values(GROUPS).filter((group) => group !== GROUPS.own);
  const shown = order.flatMap((group) =>
    hits
      .filter(({ entry }) => entry.group === group)
      .sort((a, b) => a.score - b.score)
      .map(({ entry }) => entry),
  );
  const stays = all.filter(({ group }) => group === GROUPS.own);
  return { shown: [...shown, ...stays], fits: hits.length, of };
}

/** What an entry wants before it answers, in a word or two. */
export function wants(preset: Preset): string {
  if (preset.platform.kind !== 'plain') return { azure: 'Azure', vertex: 'Google Cloud', bedrock: 'AWS' }[preset.platform.kind]; // prettier-ignore
  if (preset.local) return preset.needsKey ? 'local, key' : 'local, no key';
  return preset.needsKey ? 'key' : 'no key';
}

/** The entry that a kept provider was made from: by its prefix, else, for older ones, by its address. */
export function presetOf(
  config: { catalogue: string | null; baseUrl: string },
  presets: readonly Preset[],
): Preset | null {
  return (
    presets.find((preset) => preset.id === config.catalogue) ??
    presets.find((preset) => preset.baseUrl !== '' && preset.baseUrl === config.baseUrl) ??
    null
  );
}
