// What the injected panel says about a TurnRecord: counts, words, table rows, countdowns. Pure; no DOM,
// no clock of its own. The bytes of requests are in xray.ts, the bars of the waterfall in waterfall.ts.

import type { BankDecision } from '$gen/BankDecision';
import type { FinishReason } from '$gen/FinishReason';
import type { Gate } from '$gen/Gate';
import type { MemoryOff } from '$gen/MemoryOff';
import type { Pause } from '$gen/Pause';
import type { RecalledMemory } from '$gen/RecalledMemory';
import type { RetainSkip } from '$gen/RetainSkip';
import type { RetainState } from '$gen/RetainState';
import type { Scores } from '$gen/Scores';
import type { TurnRecord } from '$gen/TurnRecord';
import type { Usage } from '$gen/Usage';
import { count } from './format';

/** The numbers of the panel's head. */
export interface Head {
  /** Memories in the prompt; 1 for reflect's paragraph. */
  injected: number;
  /** Those of them that recall did not return and that stand there because they are pinned to the chat. */
  pinned: number;
  /** Memories that recall returned; null when recall did not answer or was not asked. */
  recalled: number | null;
  /** Tokens of the block, counted as o200k: an estimate for every other tokenizer. */
  tokens: number;
  /** Whether the block is reflect's paragraph. */
  paragraph: boolean;
}

/** Counts what was recalled and injected. */
export function head(record: TurnRecord): Head {
  const paragraph = record.memory?.mode === 'reflect';
  const used = record.outcome?.kind === 'used' ? record.outcome.count : 0;
  const chosen = record.selected.filter((one) => one.gate === null);
  const returned = new Set(record.memory?.memories.map(({ id }) => id));
  const answered = record.memory !== null && record.memory.error === null && !paragraph;
  return {
    injected: record.injected === null ? 0 : paragraph ? Math.max(used, 1) : chosen.length,
    pinned: record.injected === null ? 0 : chosen.filter((one) => !returned.has(one.memoryId)).length,
    recalled: answered ? (record.memory?.memories.length ?? 0) : null,
    tokens: record.injected?.tokens ?? 0,
    paragraph,
  };
}

/** Why memory was not asked, as half a sentence. */
export const MEMORY_OFF: Record<MemoryOff, string> = {
  setting: 'injection is switched off in the settings',
  incognito: 'this chat is incognito',
  temporary: 'this chat is temporary',
  excluded_model: 'this model is excluded from memory',
  no_server: 'there is no memory to use',
  no_query: 'there were no words to search with',
  tools: 'the model looks by itself, and the preload is off',
};

/** Why a turn is not stored, as half a sentence. */
export const RETAIN_SKIP: Record<RetainSkip, string> = {
  setting: 'storing is switched off in the settings',
  incognito: 'this chat is incognito',
  temporary: 'this chat is temporary',
  excluded_model: 'this model is excluded from memory',
  no_server: 'there is no memory to use',
  nothing: 'there was nothing to keep',
  not_visible: 'the answer is not on the visible branch',
  declined: 'you said no',
};

/** A state for people: which lamp and which words. */
export interface Said {
  tone: 'memory' | 'neutral' | 'good' | 'warn' | 'bad';
  words: string;
}

/** What memory did for the turn, in words. */
export function outcomeSaid(record: TurnRecord): Said {
  const outcome = record.outcome;
  if (outcome === null) {
    const paused = pauseSaid(record);
    if (paused !== null) return paused;
    const off = record.resolved?.injectOff ?? null;
    if (off !== null) return { tone: 'warn', words: `Memory was not asked: ${MEMORY_OFF[off]}` };
    if (record.answer !== null && record.query === null && record.resolved === null)
      return { tone: 'neutral', words: 'Not known: nothing is recorded of what memory did' };
    if (record.answer !== null)
      return { tone: 'neutral', words: 'Not known: the turn ended before memory was asked' };
    return { tone: 'neutral', words: record.query === null ? 'Starting' : 'Asking memory' };
  }
  switch (outcome.kind) {
    case 'used': {
      const { injected, paragraph } = head(record);
      if (paragraph) return { tone: 'memory', words: 'A paragraph from memory was used' };
      return { tone: 'memory', words: `${injected} ${injected === 1 ? 'memory was' : 'memories were'} used` };
    }
    case 'empty':
      if (outcome.new_bank)
        return { tone: 'neutral', words: 'The bank is new: there is nothing to recall yet' };
      return { tone: 'neutral', words: 'Memory was asked and found nothing' };
    case 'taken_out':
      return {
        tone: 'neutral',
        words: `You took out all of it: ${count(outcome.count, 'memory')} would have been used`,
      };
    case 'failed':
      if (record.injected !== null)
        return { tone: 'bad', words: 'Recall failed. Only what is pinned to this chat was used' };
      return { tone: 'bad', words: 'Memory failed. The turn went on without it' };
    case 'off':
      return { tone: 'warn', words: `Memory was not asked: ${MEMORY_OFF[outcome.why]}` };
  }
}

/** A turn that stands at a breakpoint, or went no further; null for every other. */
function pauseSaid(record: TurnRecord): Said | null {
  const { pause } = record;
  if (pause === undefined || record.steps.length > 0) return null;
  switch (pause.end?.how) {
    case undefined:
      return { tone: 'warn', words: 'Paused at a breakpoint: nothing has been sent' };
    case 'stopped':
      return { tone: 'neutral', words: 'Stopped at a breakpoint: nothing was sent' };
    case 'went_on':
    case 'nobody_to_ask':
      return null;
  }
}

/** What was changed by hand in what was sent; null when nothing was. */
export function changedByHand(pause: Pause | undefined): Pause['end'] {
  const end = pause?.end ?? null;
  return end?.how === 'went_on' ? end : null;
}

/** What decided the bank, in words. */
export function decidedBy(decision: BankDecision): string {
  switch (decision.by) {
    case 'message':
      return 'named for this message';
    case 'chat':
      return 'named by the chat';
    case 'profile_rule':
      return `made by the profile’s rule ${decision.rule}`;
    case 'profile_bank':
      return 'named by the profile';
    case 'profile_user':
      return 'the profile’s user id';
    case 'server':
      return 'the default bank';
    case 'built_in':
      return 'built in, nobody named a bank';
  }
}

/** The first gate that kept a memory out, in words; null when it was injected. */
export function gateWords(gate: Gate | null, record: TurnRecord): string | null {
  if (gate === null) return null;
  if (gate === 'empty_text') return 'left out: its text is empty';
  if (gate === 'already_there') return 'in the block of an earlier message already';
  if (gate === 'by_hand') return 'taken out by hand when the turn paused';
  if (gate === 'not_here') return 'left out: not relevant in this chat, as you said';
  const cap = record.resolved?.settings.max_memories.value;
  return cap?.kind === 'at' ? `left out: limit of ${cap.n} reached` : 'left out: limit reached';
}

/** A memory of the recall, or a pinned one, with what became of it. */
export interface Candidate {
  memory: RecalledMemory;
  /** Place in the injected block, from 1; null when it was left out. */
  place: number | null;
  /** The gate that kept it out; null when it was injected or is not decided yet. */
  gate: Gate | null;
  /** False while the selection is not known yet. */
  decided: boolean;
  /** It is pinned to the chat. */
  pinned: boolean;
  /** Its own words, where it was sent with others that a person gave it for this turn; null for every other. */
  ownWords: string | null;
}

/** Joins what was recalled and what is pinned with what was selected: in the order of the block, then what is not decided. */
export function candidates(record: TurnRecord): Candidate[] {
  const recalled = record.memory?.memories ?? [];
  const known = new Map<string, RecalledMemory>();
  for (const { memory } of record.pinned) if (memory !== null) known.set(memory.id, memory);
  // What recall told has ranks and scores.
  for (const memory of recalled) known.set(memory.id, memory);
  const edited = changedByHand(record.pause)?.edits.edited ?? {};
  let place = 0;
  const chosen = record.selected.flatMap(({ memoryId, gate, pinned }): Candidate[] => {
    const memory = known.get(memoryId);
    if (memory === undefined) return [];
    known.delete(memoryId);
    const injected = gate === null && record.injected !== null;
    if (injected) place += 1;
    const words = injected ? edited[memory.id] : undefined;
    return [
      {
        memory: words === undefined ? memory : { ...memory, text: words },
        place: injected ? place : null,
        gate,
        decided: true,
        pinned,
        ownWords: words === undefined ? null : memory.text,
      },
    ];
  });
  const rest = recalled.filter(({ id }) => known.has(id));
  return [
    ...chosen,
    ...rest.map((memory): Candidate => ({
      memory,
      place: null,
      gate: null,
      decided: false,
      pinned: false,
      ownWords: null,
    })),
  ];
}

const ARM_NAMES: Record<string, string> = { bm25: 'keyword' };

/** The arms that found a memory, with its rank in each: `semantic 1 · keyword 4`. */
export function armsText(arms: Record<string, number>): string {
  return Object.entries(arms)
    .sort((a, b) => a[1] - b[1] || a[0].localeCompare(b[0]))
    .map(([arm, rank]) => `${ARM_NAMES[arm] ?? arm} ${rank}`)
    .join(' · ');
}

/** Raw scores that are there, unrounded. They compare within one query only. */
export function scoreRows(scores: Scores): { name: string; value: string }[] {
  return (['final', 'reranker', 'semantic', 'keyword'] as const).flatMap((name) => {
    const value = scores[name];
    return value === null ? [] : [{ name, value: String(value) }];
  });
}

/** Dates of a memory with what they mean. */
export function dateRows(memory: RecalledMemory): { label: string; from: string; to: string | null }[] {
  const rows: { label: string; from: string; to: string | null }[] = [];
  const { occurredStart, occurredEnd, mentionedAt } = memory;
  const from = occurredStart ?? occurredEnd;
  if (from !== null) rows.push({ label: 'happened', from, to: occurredEnd === from ? null : occurredEnd });
  if (mentionedAt !== null) rows.push({ label: 'mentioned', from: mentionedAt, to: null });
  return rows;
}

/** Time left until a moment: `in 40 s`, `in 3 min 20 s`, `now`. `now` is milliseconds since 1970. */
export function until(at: string, now: number): string {
  const left = Math.ceil((Date.parse(at) - now) / 1000);
  if (!(left > 0)) return 'now';
  if (left < 60) return `in ${left} s`;
  const minutes = Math.floor(left / 60);
  if (minutes < 60) return left % 60 === 0 ? `in ${minutes} min` : `in ${minutes} min ${left % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `in ${hours} h` : `in ${hours} h ${minutes % 60} min`;
}

/** Where a retain is, in words. `now` is milliseconds since 1970. */
export function retainSaid(state: RetainState, now: number): Said {
  switch (state.state) {
    case 'skipped':
      return { tone: 'neutral', words: `Not stored: ${RETAIN_SKIP[state.why]}` };
    case 'queued':
      if (state.attempts === 0) return { tone: 'neutral', words: 'On disk, about to be sent' };
      return { tone: 'warn', words: `Waiting, next try ${until(state.next_try_at, now)}` };
    case 'sent':
      return { tone: 'neutral', words: 'Being stored' };
    case 'asking':
      return { tone: 'warn', words: 'Waits for your word' };
    case 'done':
      return { tone: 'good', words: 'Stored' };
    case 'failed':
      return { tone: 'bad', words: 'Could not be stored' };
    case 'removed':
      return { tone: 'neutral', words: 'Removed from memory with its branch or chat' };
  }
}

/** Where storing the turn is, as far as the record tells; null when it tells nothing yet. */
export function storeSaid(record: TurnRecord, now: number): Said | null {
  if (record.retained !== null) return retainSaid(record.retained.state, now);
  const off = record.resolved?.storeOff ?? null;
  return off === null ? null : { tone: 'neutral', words: `Not stored: ${RETAIN_SKIP[off]}` };
}

/** Why the model stopped, in words. */
export function finishWords(finish: FinishReason | null): string {
  if (finish === null) return 'not reported';
  switch (finish.kind) {
    case 'stop':
      return 'done';
    case 'length':
      return 'reached the output limit';
    case 'tool_calls':
      return 'called tools';
    case 'content_filter':
      return 'stopped by the provider’s content filter';
    case 'refusal':
      return 'the model refused';
    case 'other':
      return `“${finish.raw}” (the provider’s word)`;
  }
}

/** Usage as reported; a figure that the provider did not send is null. */
export function usageRows(usage: Usage): { label: string; value: number | null }[] {
  return [
    { label: 'input', value: usage.input },
    { label: '— read from cache', value: usage.cacheRead },
    { label: '— written to cache', value: usage.cacheWrite },
    { label: 'output', value: usage.output },
    { label: '— reasoning', value: usage.reasoning },
  ];
}

/** What reflect says it drew on: one group per kind, in the server's own names. */
export interface BasisGroup {
  name: string;
  items: { id: string | null; text: string }[];
}

/** Reads reflect's `based_on`, whose shape belongs to the server; what does not fit is left to the raw view. */
export function basis(basedOn: unknown): BasisGroup[] {
  if (typeof basedOn !== 'object' || basedOn === null) return [];
  return Object.entries(basedOn).flatMap(([key, list]: [string, unknown]) => {
    if (!Array.isArray(list) || list.length === 0) return [];
    return [{ name: key.replaceAll('_', ' '), items: list.map(basisItem) }];
  });
}

function basisItem(item: unknown): { id: string | null; text: string } {
  if (typeof item !== 'object' || item === null) return { id: null, text: String(item) };
  const { id, text, content, name } = item as Record<string, unknown>;
  const words = [text, content, name].find((one) => typeof one === 'string' && one !== '');
  return {
    id: typeof id === 'string' ? id : null,
    text: typeof words === 'string' ? words : JSON.stringify(item),
  };
}

/** A tool that reflect called. */
export interface ReflectTool {
  tool: string;
  input: unknown;
  output: unknown;
  ms: number | null;
}

/** Reads the tool calls of reflect's trace; empty when there are none or the shape is another. */
export function reflectTools(trace: unknown): ReflectTool[] {
  const calls = (trace as { tool_calls?: unknown } | null)?.tool_calls;
  if (!Array.isArray(calls)) return [];
  return calls.flatMap((call: unknown) => {
    if (typeof call !== 'object' || call === null) return [];
    const { tool, input, output, duration_ms: ms } = call as Record<string, unknown>;
    return [{ tool: String(tool), input, output, ms: typeof ms === 'number' ? ms : null }];
  });
}
