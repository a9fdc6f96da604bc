// Every setting of a bank on its server, as data: what it does in one line, what it takes, what holds when nobody sets
// it. Pure. Keys, defaults and ranges are those of the Hindsight API 1.1 (its config answer and its own checks); where
// the API checks nothing, the limits are the widest that make sense. A server may know other keys: they are shown
// as JSON under "Other" and never lost. The page "Settings" of a bank draws this.
import { same } from './same';

export type ConfigGroup = 'mission' | 'retain' | 'recall' | 'consolidation' | 'reflect' | 'other';

export const CONFIG_GROUPS: readonly { id: ConfigGroup; label: string }[] = [
  { id: 'mission', label: 'Missions and tone' },
  { id: 'retain', label: 'Retain: texts become facts' },
  { id: 'recall', label: 'Recall: facts are found' },
  { id: 'consolidation', label: 'Consolidation: facts become observations' },
  { id: 'reflect', label: 'Reflect and mental models' },
  { id: 'other', label: 'Other' },
];

/** What a setting takes. */
export type ConfigControl =
  | { kind: 'text' }
  | { kind: 'switch' }
  | { kind: 'whole'; min: number; max: number; unit?: string }
  | { kind: 'number'; min: number; max: number; step: number }
  | { kind: 'choice'; choices: readonly { value: string; label: string; detail: string }[] }
  | { kind: 'json'; shape: 'list' | 'object' | 'any' };

export interface ConfigKey {
  key: string;
  group: ConfigGroup;
  label: string;
  help: string;
  control: ConfigControl;
  /** What holds on a server that sets nothing. */
  byDefault: unknown;
}

/** How retain reads a text (`retain_extraction_mode`). */
export const EXTRACTION_MODES = [
  { value: 'concise', label: 'Concise', detail: 'Keeps what will still matter in weeks. The usual choice.' },
  {
    value: 'verbose',
    label: 'Verbose',
    detail: 'Keeps everything that is said, one fact a statement. More facts, more tokens.',
  },
  { value: 'custom', label: 'Custom', detail: 'Your own instructions take the place of the built-in ones.' },
  {
    value: 'verbatim',
    label: 'Verbatim',
    detail: 'Each chunk stays word for word; a model only adds names and dates.',
  },
  {
    value: 'chunks',
    label: 'Chunks',
    detail: 'Each chunk is a fact as it stands. No model is asked, nothing is paid.',
  },
] as const;

const MANY = 1_000_000_000;
const text: ConfigControl = { kind: 'text' };
const toggle: ConfigControl = { kind: 'switch' };
const list: ConfigControl = { kind: 'json', shape: 'list' };
const object: ConfigControl = { kind: 'json', shape: 'object' };
const any: ConfigControl = { kind: 'json', shape: 'any' };
const whole = (min: number, unit?: string, max = MANY): ConfigControl => ({
  kind: 'whole',
  min,
  max,
  ...(unit ? { unit } : {}),
});
const share: ConfigControl = { kind: 'number', min: 0, max: 10, step: 0.005 };
const tone = whole(1, undefined, 5);

const row = (
  group: ConfigGroup,
  key: string,
  label: string,
  help: string,
  control: ConfigControl,
  byDefault: unknown,
): ConfigKey => ({ key, group, label, help, control, byDefault });

export const CONFIG_KEYS: readonly ConfigKey[] = [
  row(
    'mission',
    'reflect_mission',
    'Reflect mission',
    'Who answers when memory reflects, and to what end.',
    text,
    null,
  ),
  row(
    'mission',
    'retain_mission',
    'Retain mission',
    'What retain looks for when it reads a text.',
    text,
    null,
  ),
  row(
    'mission',
    'observations_mission',
    'Observations mission',
    'Takes the place of the built-in rules by which facts are merged.',
    text,
    null,
  ),
  row(
    'mission',
    'disposition_skepticism',
    'Scepticism',
    'How far reflect doubts what it reads. Not set counts as 3.',
    tone,
    null,
  ),
  row(
    'mission',
    'disposition_literalism',
    'Literalism',
    'How literally reflect takes words. Not set counts as 3.',
    tone,
    null,
  ),
  row(
    'mission',
    'disposition_empathy',
    'Empathy',
    'How much reflect minds feelings. Not set counts as 3.',
    tone,
    null,
  ),

  row(
    'retain',
    'retain_extraction_mode',
    'Extraction mode',
    'How much of a text is kept.',
    { kind: 'choice', choices: EXTRACTION_MODES },
    'concise',
  ),
  row(
    'retain',
    'retain_custom_instructions',
    'Custom instructions',
    'Instructions of extraction, for the mode Custom only.',
    text,
    null,
  ),
  row(
    'retain',
    'retain_chunk_size',
    'Chunk size',
    'A text is read in pieces of this length. Smaller finds more and costs more.',
    whole(1, 'characters'),
    3000,
  ),
  row(
    'retain',
    'retain_structured_chunk_size',
    'Chunk size of chats and JSON lines',
    'The same for structured texts. Not set takes the chunk size.',
    whole(1, 'characters'),
    null,
  ),
  row(
    'retain',
    'retain_chunk_batch_size',
    'Chunks at a time',
    'So many chunks of one text are in work together.',
    whole(1),
    100,
  ),
  row(
    'retain',
    'retain_max_attachments_per_chunk',
    'Attachments of a chunk',
    'So many images or files at most go along with one chunk.',
    whole(0),
    8,
  ),
  row(
    'retain',
    'retain_default_strategy',
    'Default strategy',
    'The strategy of texts that name none.',
    text,
    null,
  ),
  row(
    'retain',
    'retain_strategies',
    'Strategies',
    'Named sets of these settings that a text can ask for.',
    object,
    null,
  ),
  row(
    'retain',
    'entity_labels',
    'Entity labels',
    'A fixed vocabulary by which facts are sorted.',
    list,
    null,
  ),
  row(
    'retain',
    'entities_allow_free_form',
    'Entities outside of the labels',
    'Off: only labels are kept, no other names.',
    toggle,
    true,
  ),
  row(
    'retain',
    'store_document_text',
    'Keep the text of documents',
    'Off: sources cannot be shown, read again or tried in the mission lab.',
    toggle,
    true,
  ),

  row('recall', 'enable_text_search', 'Search by words', 'The keyword arm of recall.', toggle, true),
  row(
    'recall',
    'enable_temporal_retrieval',
    'Search by time',
    'The arm that follows dates in a question.',
    toggle,
    true,
  ),
  row(
    'recall',
    'enable_graph_retrieval',
    'Search along links',
    'The arm that follows shared entities, causes and neighbours in time.',
    toggle,
    true,
  ),
  row(
    'recall',
    'enable_reranking',
    'Rerank',
    'A second, slower look puts the candidates in order.',
    toggle,
    true,
  ),
  row(
    'recall',
    'recall_prefer_observations',
    'Observations before their sources',
    'Leaves out facts whose observation was found too.',
    toggle,
    false,
  ),
  row(
    'recall',
    'recall_budget_function',
    'What a budget means',
    'How low, mid and high become a number of candidates.',
    {
      kind: 'choice',
      choices: [
        { value: 'fixed', label: 'Fixed', detail: 'The fixed numbers below.' },
        {
          value: 'adaptive',
          label: 'Adaptive',
          detail: 'A share of the tokens that were asked for, within the limits below.',
        },
      ],
    },
    'fixed',
  ),
  row(
    'recall',
    'recall_budget_fixed_low',
    'Fixed budget, low',
    'Candidates of each arm.',
    whole(1, 'candidates'),
    100,
  ),
  row(
    'recall',
    'recall_budget_fixed_mid',
    'Fixed budget, mid',
    'Candidates of each arm.',
    whole(1, 'candidates'),
    300,
  ),
  row(
    'recall',
    'recall_budget_fixed_high',
    'Fixed budget, high',
    'Candidates of each arm.',
    whole(1, 'candidates'),
    1000,
  ),
  row(
    'recall',
    'recall_budget_adaptive_low',
    'Adaptive budget, low',
    'Candidates for each token that was asked for.',
    share,
    0.025,
  ),
  row(
    'recall',
    'recall_budget_adaptive_mid',
    'Adaptive budget, mid',
    'Candidates for each token that was asked for.',
    share,
    0.075,
  ),
  row(
    'recall',
    'recall_budget_adaptive_high',
    'Adaptive budget, high',
    'Candidates for each token that was asked for.',
    share,
    0.25,
  ),
  row(
    'recall',
    'recall_budget_min',
    'Adaptive budget, at least',
    'An adaptive budget goes no lower.',
    whole(1, 'candidates'),
    20,
  ),
  row(
    'recall',
    'recall_budget_max',
    'Adaptive budget, at most',
    'An adaptive budget goes no higher.',
    whole(1, 'candidates'),
    2000,
  ),
  row(
    'recall',
    'recall_include_chunks',
    'Sources inside reflect',
    'Whether reflect sees the text around what it recalls. Recall by itself is not touched.',
    toggle,
    true,
  ),
  row(
    'recall',
    'recall_max_tokens',
    'Tokens inside reflect',
    'How much reflect recalls at a time. Recall by itself is not touched.',
    whole(1, 'tokens'),
    2048,
  ),
  row(
    'recall',
    'recall_chunks_max_tokens',
    'Tokens of sources inside reflect',
    'How much text around facts reflect sees at a time.',
    whole(0, 'tokens'),
    1000,
  ),

  row('consolidation', 'enable_observations', 'Observations', 'Off: facts are never merged.', toggle, true),
  row(
    'consolidation',
    'enable_auto_consolidation',
    'Consolidate by itself',
    'Off: facts wait until you run consolidation.',
    toggle,
    true,
  ),
  row(
    'consolidation',
    'consolidation_use_decision_model',
    'Decision model of consolidation',
    'Asks a cheaper model first, on servers that have one.',
    toggle,
    true,
  ),
  row(
    'consolidation',
    'consolidation_llm_batch_size',
    'Facts of a request',
    'So many facts are handed to the model at once.',
    whole(1, 'facts'),
    8,
  ),
  row(
    'consolidation',
    'consolidation_llm_parallelism',
    'Requests at a time',
    'So many requests are in flight together.',
    whole(1, 'requests'),
    4,
  ),
  row(
    'consolidation',
    'consolidation_max_memories_per_round',
    'Facts of a round',
    'A round stops after so many; the next one goes on.',
    whole(1, 'facts'),
    100,
  ),
  row(
    'consolidation',
    'consolidation_source_facts_max_tokens',
    'Tokens of sources in a request',
    'How much of what observations rest on is shown to the model.',
    whole(-1, 'tokens'),
    4096,
  ),
  row(
    'consolidation',
    'consolidation_source_facts_max_tokens_per_observation',
    'Tokens of sources of one observation',
    'The same for a single observation.',
    whole(-1, 'tokens'),
    256,
  ),
  row(
    'consolidation',
    'max_observations_per_scope',
    'Observations of a scope',
    'No more than so many under one set of tags; -1 sets no limit.',
    whole(-1),
    -1,
  ),
  row(
    'consolidation',
    'default_observation_scopes',
    'Scopes of new facts',
    'Under which tags a fact is merged: combined, per_tag, all_combinations, shared, or lists of tags.',
    any,
    null,
  ),
  row(
    'consolidation',
    'consolidation_strategies',
    'Strategies by scope',
    'Other rules for some scopes. The first that claims a scope wins.',
    list,
    null,
  ),
  row(
    'consolidation',
    'observation_scope_limits',
    'Limits by scope',
    'Deprecated; strategies by scope do the same.',
    any,
    null,
  ),

  row(
    'reflect',
    'reflect_use_decision_model',
    'Decision model of reflect',
    'Asks a cheaper model first, on servers that have one.',
    toggle,
    true,
  ),
  row(
    'reflect',
    'mental_model_refresh_use_decision_model',
    'Decision model of refreshes',
    'Asks a cheaper model whether a mental model needs a refresh, on servers that have one.',
    toggle,
    true,
  ),
  row(
    'reflect',
    'mental_model_delta_use_decision_model',
    'Decision model of small refreshes',
    'The same for changes of a mental model, on servers that have one.',
    toggle,
    true,
  ),
  row(
    'reflect',
    'reflect_source_facts_max_tokens',
    'Tokens of sources in reflect',
    'How much of what observations rest on reflect sees; -1 sets no limit.',
    whole(-1, 'tokens'),
    -1,
  ),
  row(
    'reflect',
    'reflect_default_options',
    'Defaults of reflect',
    'Options of reflects that name none.',
    object,
    null,
  ),
  row(
    'reflect',
    'mental_model_min_refresh_interval_seconds',
    'Pause between refreshes',
    'A mental model is not refreshed more often than this.',
    whole(0, 'seconds'),
    0,
  ),
  row(
    'reflect',
    'knowledge_page_default_trigger',
    'Trigger of new knowledge pages',
    'When a new page is refreshed.',
    object,
    null,
  ),

  row(
    'other',
    'mcp_enabled_tools',
    'Tools over MCP',
    'Names of the tools that agents may use on this bank; not set allows all.',
    list,
    null,
  ),
  row('other', 'audit_log_enabled', 'Audit log', 'Writes down who did what in this bank.', toggle, false),
  row(
    'other',
    'llm_gemini_safety_settings',
    'Safety settings of Gemini',
    'Handed on to Gemini as they are.',
    any,
    null,
  ),
  row(
    'other',
    'memory_defense',
    'Memory defence',
    'Looks for secrets in texts and lets them pass, blacks them out or refuses them.',
    object,
    null,
  ),
];

const BY_KEY = new Map(CONFIG_KEYS.map((one) => [one.key, one]));

/** What is known of a key; null for one of a newer server. */
export function configKey(key: string): ConfigKey | null {
  return BY_KEY.get(key) ?? null;
}

/** A setting of a bank as the page shows it. */
export interface ConfigEntry extends ConfigKey {
  value: unknown;
  overridden: boolean;
  /** Whether this app knows the key. */
  known: boolean;
}

/** Every key of an answer, in the table's order; what the table does not know stands last, under "Other". */
export function entries(config: Record<string, unknown>, overrides: Record<string, unknown>): ConfigEntry[] {
  const keys = new Set([...Object.keys(config), ...Object.keys(overrides)]);
  const value = (key: string) => (isSet(overrides, key) ? overrides[key] : (config[key] ?? null));
  const known = CONFIG_KEYS.filter(({ key }) => keys.delete(key)).map((one) => ({
    ...one,
    value: value(one.key),
    overridden: isSet(overrides, one.key),
    known: true,
  }));
  const unknown = [...keys].sort().map((key) => ({
    ...row('other', key, key, 'A setting of a newer server that Rearview does not know.', any, undefined),
    value: value(key),
    overridden: isSet(overrides, key),
    known: false,
  }));
  return [...known, ...unknown];
}

/** Whether a bank overrides a key. Null stands for "not". */
export function isSet(overrides: Record<string, unknown>, key: string): boolean {
  return Object.hasOwn(overrides, key) && overrides[key] !== null && overrides[key] !== undefined;
}

/** Why a value does not fit; null when it does. Null itself always fits: it gives the setting back. */
export function faultOf(control: ConfigControl, value: unknown): string | null {
  if (value === null) return null;
  switch (control.kind) {
    case 'text':
      return typeof value === 'string' ? null : 'This must be a text.';
    case 'switch':
      return typeof value === 'boolean' ? null : 'This must be yes or no.';
    case 'whole':
      if (typeof value !== 'number' || !Number.isInteger(value)) return 'This must be a whole number.';
      return inside(value, control.min, control.max);
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'This must be a number.';
      return inside(value, control.min, control.max);
    case 'choice': {
      if (control.choices.some((choice) => choice.value === value)) return null;
      // The server takes any text here and then behaves as if nothing was set.
      return `Choose one of ${control.choices.map((choice) => choice.value).join(', ')}.`;
    }
    case 'json':
      if (control.shape === 'list') return Array.isArray(value) ? null : 'This must be a JSON list, [ … ].';
      if (control.shape === 'object')
        return typeof value === 'object' && !Array.isArray(value)
          ? null
          : 'This must be a JSON object, { … }.';
      return null;
  }
}

function inside(value: number, min: number, max: number): string | null {
  if (value < min) return `This must be ${min} or more.`;
  return value > max ? `This must be ${max} or less.` : null;
}

/** A value as one short line. */
export function valueText(value: unknown, control?: ConfigControl): string {
  if (value === null || value === undefined || value === '') return 'not set';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (typeof value === 'number') {
    const unit = control?.kind === 'whole' && control.unit ? ` ${control.unit}` : '';
    return `${value}${unit}`;
  }
  if (typeof value === 'string') {
    const choice =
      control?.kind === 'choice' ? control.choices.find((one) => one.value === value) : undefined;
    return choice?.label ?? value;
  }
  return JSON.stringify(value);
}

/** Whether a key is found by words: its name, its label, its explanation. */
export function matches(entry: ConfigEntry, words: string): boolean {
  const hay = `${entry.key} ${entry.label} ${entry.help} ${entry.key.replaceAll('_', ' ')}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}

/** Whether a value is what holds anyway. */
export function isDefault(entry: ConfigEntry): boolean {
  return entry.known && same(entry.value, entry.byDefault);
}
