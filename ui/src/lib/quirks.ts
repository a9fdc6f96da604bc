// How a provider can differ from its wire, as fields of a form: which there are, which matter for a wire, and what is
// made of one that this page does not know yet. Pure.
import type { Quirks } from '$gen/Quirks';
import type { WireKind } from '$gen/WireKind';
import type { Option } from '$parts/types';

/** What suits most providers; the same as in the backend. */
export const DEFAULT_QUIRKS: Quirks = {
  maxTokensField: 'auto',
  streamOptions: true,
  midSystem: 'auto',
  listContent: true,
  sampling: true,
  keyHeader: 'auto',
  anthropicVersion: 'auto',
  numCtx: null,
  reasoningEffort: true,
  reasoningSummary: true,
  encryptedReasoning: true,
  replayReasoning: true,
  promptCache: true,
};

/** A quirk as a field. */
export type QuirkField = { key: string; label: string; hint?: string } & (
  | { kind: 'choice'; options: readonly Option[] }
  | { kind: 'switch' }
  | { kind: 'number'; unit?: string; placeholder?: string }
  | { kind: 'text' }
);

type Known = QuirkField & { key: keyof Quirks; wires?: readonly WireKind[] };

const KNOWN: readonly Known[] = [
  {
    key: 'keyHeader',
    label: 'Header of the key',
    hint: 'Which header carries the key. Some gateways want another than their protocol does.',
    kind: 'choice',
    options: [
      { value: 'auto', label: 'as the protocol wants' },
      { value: 'bearer', label: 'Authorization: Bearer' },
      { value: 'x_api_key', label: 'x-api-key' },
      { value: 'api_key', label: 'api-key' },
    ],
  },
  {
    key: 'maxTokensField',
    label: 'Name of the output limit',
    kind: 'choice',
    wires: ['openai_chat'],
    options: [
      { value: 'auto', label: 'as the model wants' },
      { value: 'max_tokens', label: 'max_tokens' },
      { value: 'max_completion_tokens', label: 'max_completion_tokens' },
    ],
  },
  {
    key: 'anthropicVersion',
    label: 'API version',
    hint: 'The newer one is used by itself for the models that need it.',
    kind: 'choice',
    wires: ['anthropic_messages'],
    options: [
      { value: 'auto', label: 'as the model wants' },
      { value: 'v2023_06_01', label: '2023-06-01' },
      { value: 'v2026_10_21', label: '2026-10-21' },
    ],
  },
  {
    key: 'numCtx',
    label: 'Context size',
    hint: 'Ollama cuts what does not fit, without a word. Larger sizes need more memory.',
    kind: 'number',
    unit: 'tokens',
    placeholder: 'its own',
    wires: ['ollama_chat'],
  },
  {
    key: 'midSystem',
    label: 'Takes a system message in mid conversation',
    hint: 'Decides where the memory block can stand.',
    kind: 'choice',
    options: [
      { value: 'auto', label: 'as known' },
      { value: 'yes', label: 'yes' },
      { value: 'no', label: 'no' },
    ],
  },
  {
    key: 'streamOptions',
    label: 'Usage may be asked for in a stream',
    kind: 'switch',
    wires: ['openai_chat'],
  },
  { key: 'listContent', label: 'Content may be a list of parts', kind: 'switch', wires: ['openai_chat'] },
  { key: 'sampling', label: 'Takes sampling parameters', kind: 'switch' },
  { key: 'reasoningEffort', label: 'Takes a word for how much to think', kind: 'switch' },
  {
    key: 'reasoningSummary',
    label: 'Tells its reasoning in short',
    hint: 'OpenAI refuses this to organisations that are not verified.',
    kind: 'switch',
    wires: ['openai_responses'],
  },
  {
    key: 'encryptedReasoning',
    label: 'Hands its reasoning out encrypted',
    kind: 'switch',
    wires: ['openai_responses'],
  },
  {
    key: 'replayReasoning',
    label: 'Takes its own reasoning back',
    kind: 'switch',
    wires: ['openai_responses'],
  },
  {
    key: 'promptCache',
    label: 'Marks what may be cached',
    hint: 'Only for models that are known to cache. What is read from the cache costs less.',
    kind: 'switch',
    wires: ['anthropic_messages', 'bedrock_converse'],
  },
];

/** `someNewName` as words: `Some new name`. */
function humanised(key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/_/g, ' ').toLowerCase(); // prettier-ignore
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * The fields of a provider's quirks: the known ones that matter for its wire, then any other that the backend sent,
 * drawn by the kind of its value. One whose value is neither text, number nor yes and no is left alone.
 */
export function quirkFields(quirks: Readonly<Record<string, unknown>>, wire: WireKind): QuirkField[] {
  const known = KNOWN.filter((field) => field.key in quirks && (field.wires?.includes(wire) ?? true));
  const names: ReadonlySet<string> = new Set(KNOWN.map((field) => field.key));
  const others = Object.entries(quirks).flatMap(([key, value]): QuirkField[] => {
    if (names.has(key)) return [];
    const base = { key, label: humanised(key) };
    if (typeof value === 'boolean') return [{ ...base, kind: 'switch' }];
    if (typeof value === 'number') return [{ ...base, kind: 'number' }];
    if (typeof value === 'string') return [{ ...base, kind: 'text' }];
    return [];
  });
  return [...known, ...others];
}

/** The fields that stand on something else than `usual` (the entry's own quirks, or what suits most), by their labels. */
export function changedQuirks(
  quirks: Readonly<Record<string, unknown>>,
  usual: Readonly<Record<string, unknown>>,
  wire: WireKind,
): string[] {
  return quirkFields(quirks, wire)
    .filter(({ key }) => quirks[key] !== usual[key])
    .map(({ label }) => label);
}
