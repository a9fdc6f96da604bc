// The history of injections: what the search form means as a filter, and how a turn of the list reads. Pure. What nobody
// knows has words of its own and is never a zero.
import type { InjectionSort } from '$gen/InjectionSort';
import type { InjectionView } from '$gen/InjectionView';
import type { MemoryOff } from '$gen/MemoryOff';
import type { MemoryOutcome } from '$gen/MemoryOutcome';
import type { RetainState } from '$gen/RetainState';
import type { RetainWanted } from '$gen/RetainWanted';
import type { TurnFilter } from '$gen/TurnFilter';
import type { TurnState } from '$gen/TurnState';
import type { Cost } from '$gen/Cost';
import { money } from './format';
import { MEMORY_OFF } from './record';
import { readWhen } from './when';

/** What memory did, as the form offers it: `off:<why>` names a reason. */
export type OutcomeChoice =
  '' | 'used' | 'empty' | 'taken_out' | 'failed' | 'off' | `off:${MemoryOff}` | 'unknown';
export type CostChoice = '' | 'known' | 'reported' | 'estimated' | 'unknown';

/** The form. Empty texts and nulls do not narrow. */
export interface Form {
  /** Words of a memory; `id:` before it, or a UUID, makes it an id. */
  text: string;
  anyRole: boolean;
  memory: OutcomeChoice;
  /** With `used`: at least so many memories. */
  atLeast: number | null;
  /** `server\nbank`. */
  bank: string;
  model: string;
  state: '' | TurnState;
  retain: '' | RetainWanted;
  cost: CostChoice;
  /** US dollars; of costs that are known. */
  costFrom: number | null;
  costTo: number | null;
  /** Dates in UTC, whole or in part. */
  from: string;
  until: string;
}

export const EMPTY_FORM: Form = {
  text: '',
  anyRole: false,
  memory: '',
  atLeast: null,
  bank: '',
  model: '',
  state: '',
  retain: '',
  cost: '',
  costFrom: null,
  costTo: null,
  from: '',
  until: '',
};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a typed text names: a memory by its id, or words. */
export function typed(text: string): { words: string } | { memoryId: string } | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'id:') return null;
  if (trimmed.startsWith('id:')) return { memoryId: trimmed.slice(3).trim() };
  return UUID.test(trimmed) ? { memoryId: trimmed } : { words: text };
}

/** A typed date as the store compares it, in milliseconds and UTC; null for nothing, undefined for what is no date. */
function moment(text: string, end: boolean): string | null | undefined {
  const read = readWhen(text, end);
  if (read.kind === 'none') return null;
  if (read.kind === 'wrong') return undefined;
  // The end of a day is its last second; the filter's end is not included.
  return new Date(Date.parse(read.iso) + (end ? 1000 : 0)).toISOString();
}

/** What is wrong with the form, for people; null when nothing is. */
export function faultOf(form: Form): string | null {
  const [from, until] = [moment(form.from, false), moment(form.until, true)];
  if (from === undefined) return `“${form.from}” is no date. Write 2026-05-31, 2026-05 or 2026.`;
  if (until === undefined) return `“${form.until}” is no date. Write 2026-05-31, 2026-05 or 2026.`;
  if (from !== null && until !== null && from >= until) return 'The first date is after the last one.';
  if (form.costFrom !== null && form.costTo !== null && form.costFrom > form.costTo)
    return 'The least cost is above the most.';
  return null;
}

/** The filter that a form means; null while something in it is wrong. `scope` is the bank that the view looks at. */
export function filterOf(form: Form, scope: { serverId: string; bankId: string } | null): TurnFilter | null {
  if (faultOf(form) !== null) return null;
  const named = typed(form.text);
  const [serverId, bankId] = scope ? [scope.serverId, scope.bankId] : form.bank.split('\n');
  const from = moment(form.from, false);
  const until = moment(form.until, true);
  const filter: TurnFilter = {
    ...named,
    ...(named && form.anyRole ? { anyRole: true } : {}),
    ...(serverId && bankId ? { serverId, bankId } : {}),
    ...(form.model ? { model: form.model } : {}),
    ...(form.state ? { state: form.state } : {}),
    ...(form.retain ? { retain: form.retain } : {}),
    ...(from ? { from } : {}),
    ...(until ? { until } : {}),
  };
  if (form.memory === 'used') filter.memory = { kind: 'used', at_least: Math.max(1, form.atLeast ?? 1) };
  else if (form.memory === 'off') filter.memory = { kind: 'off', why: null };
  else if (form.memory.startsWith('off:'))
    filter.memory = { kind: 'off', why: form.memory.slice(4) as MemoryOff };
  else if (
    form.memory === 'empty' ||
    form.memory === 'taken_out' ||
    form.memory === 'failed' ||
    form.memory === 'unknown'
  )
    filter.memory = { kind: form.memory };
  if (form.cost === 'unknown') filter.cost = { kind: 'unknown' };
  else if (form.cost !== '' || form.costFrom !== null || form.costTo !== null)
    filter.cost = {
      kind: 'known',
      from: form.costFrom,
      to: form.costTo,
      estimated: form.cost === 'estimated' ? true : form.cost === 'reported' ? false : null,
    };
  return filter;
}

/** Whether a form narrows anything. */
export const narrows = (form: Form): boolean =>
  (Object.keys(EMPTY_FORM) as (keyof Form)[]).some(
    (key) => form[key] !== EMPTY_FORM[key] && (key !== 'text' || typed(form.text) !== null),
  );

export const SORTS: readonly { value: InjectionSort; label: string }[] = [
  { value: 'newest', label: 'Latest first' },
  { value: 'oldest', label: 'Earliest first' },
  { value: 'dearest', label: 'Most expensive first' },
  { value: 'cheapest', label: 'Cheapest first' },
];

export const OUTCOMES: readonly { value: OutcomeChoice; label: string }[] = [
  { value: '', label: 'Any outcome' },
  { value: 'used', label: 'Memories used' },
  { value: 'empty', label: 'Nothing found' },
  { value: 'taken_out', label: 'Taken out by hand' },
  { value: 'failed', label: 'Memory failed' },
  { value: 'off', label: 'Not asked' },
  ...(Object.keys(MEMORY_OFF) as MemoryOff[])
    // Nothing of a temporary chat is kept.
    .filter((why) => why !== 'temporary')
    .map((why) => ({ value: `off:${why}` as const, label: `Not asked: ${MEMORY_OFF[why]}` })),
  { value: 'unknown', label: 'Not known' },
];

const STATE_WORDS: Record<TurnState, string> = {
  running: 'running',
  finished: 'finished',
  failed: 'failed',
  cancelled: 'stopped',
  interrupted: 'interrupted',
};

const RETAIN_WORDS: Record<RetainState['state'], string> = {
  skipped: 'not stored',
  queued: 'waiting',
  sent: 'being stored',
  asking: 'asks you',
  done: 'stored',
  failed: 'failed',
  removed: 'removed',
};

export const STATES: readonly { value: '' | TurnState; label: string }[] = [
  { value: '', label: 'Any end' },
  ...(Object.keys(STATE_WORDS) as TurnState[]).map((value) => ({
    value,
    label: `Answer ${STATE_WORDS[value]}`,
  })),
];

export const RETAINS: readonly { value: '' | RetainWanted; label: string }[] = [
  { value: '', label: 'Stored or not' },
  { value: 'done', label: 'Stored' },
  { value: 'skipped', label: 'Not stored, on purpose' },
  { value: 'queued', label: 'Waiting to be stored' },
  { value: 'sent', label: 'Being stored' },
  { value: 'asking', label: 'Asks you' },
  { value: 'failed', label: 'Storing failed' },
  { value: 'removed', label: 'Removed from memory' },
  { value: 'unknown', label: 'Not known' },
];

export const COSTS: readonly { value: CostChoice; label: string }[] = [
  { value: '', label: 'Any cost' },
  { value: 'known', label: 'Cost known' },
  { value: 'reported', label: 'By the provider’s counts' },
  { value: 'estimated', label: 'Estimated' },
  { value: 'unknown', label: 'Cost not known' },
];

/** What memory did, in two or three words. */
export function outcomeWords(outcome: MemoryOutcome | null): string {
  switch (outcome?.kind) {
    case undefined:
      return 'not known';
    case 'used':
      return `${outcome.count} used`;
    case 'empty':
      return outcome.new_bank ? 'new bank' : 'nothing found';
    case 'taken_out':
      return `${outcome.count} taken out by hand`;
    case 'failed':
      return 'memory failed';
    case 'off':
      return 'not asked';
  }
}

/** Why memory failed or was not asked; null when there is no more to say. */
export function outcomeWhy(outcome: MemoryOutcome | null): string | null {
  if (outcome?.kind === 'off') return MEMORY_OFF[outcome.why];
  return outcome?.kind === 'failed' ? outcome.error.message : null;
}

/** A cost as the list writes it. An estimate begins with `~`. */
export const costWords = (cost: Cost | null): string =>
  cost === null ? 'not known' : `${cost.estimated ? '~' : ''}${money(cost.usd)}`;

export const stateWords = (state: TurnState): string => STATE_WORDS[state];

export const retainWords = (retain: RetainState | null): string =>
  retain === null ? 'not known' : RETAIN_WORDS[retain.state];

/** The rows as text that a spreadsheet takes: one line each, columns apart by tabs. */
export function asTable(rows: readonly InjectionView[]): string {
  const plain = (text: string) => text.replace(/\s+/g, ' ').trim();
  const head = 'begun\tturn\tchat\tquestion\tserver\tbank\tmodel\tmemory\tcost in $\tcost is\tanswer\tstored';
  const lines = rows.map(({ turn, serverId, bankId, title, question }) =>
    [
      turn.startedAt,
      turn.id,
      title,
      question,
      serverId ?? 'not known',
      bankId ?? 'not known',
      turn.model,
      outcomeWords(turn.memory),
      turn.cost === null ? '' : String(turn.cost.usd),
      turn.cost === null ? 'not known' : turn.cost.estimated ? 'estimated' : 'by reported tokens',
      stateWords(turn.state),
      retainWords(turn.retain),
    ]
      .map(plain)
      .join('\t'),
  );
  return [head, ...lines].join('\n');
}

/** In how many of the turns it was looked for, and in how many that is not known. */
export function lookedWords(shown: number, looked: number): string {
  const unknown = Math.max(0, shown - looked);
  return unknown === 0 ? 'looked for in each' : `looked for in ${looked}, not known in ${unknown}`;
}
