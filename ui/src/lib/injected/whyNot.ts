// "Why not": what the record and one probe say of a memory that was expected in a turn, in words, and the smallest change
// as a setting. Pure; views/injected/whyNot asks. What is from the record and what was asked now are never mixed.
import type { MemoryOff } from '$gen/MemoryOff';
import type { TurnGate } from '$gen/TurnGate';
import type { TurnRecord } from '$gen/TurnRecord';
import type { TurnSettings } from '$gen/TurnSettings';
import type { TurnWhyNot } from '$gen/TurnWhyNot';
import type { WhyChange } from '$gen/WhyChange';
import { changeSentence, gateSentence } from '$lib/lab/gates';
import { fateWord } from '$lib/lab/picture';
import { MEMORY_OFF } from '$lib/record';
import { pinWords } from './pins';

/** What the record tells, as a sentence. */
export function recordSentence(gate: TurnGate): string {
  switch (gate.kind) {
    case 'injected':
      return `It was injected: number ${gate.place} in the block${gate.pinned ? ', pinned to this chat' : ''}.`;
    case 'not_asked':
      return `Memory was not asked: ${MEMORY_OFF[gate.why]}.`;
    case 'pin':
      return `It is pinned to this chat and was not injected: ${pinWords(gate.found)}.`;
    case 'failed':
      return `Memory was asked and did not answer: ${gate.error.message}`;
    case 'other_bank':
      return `It is in the bank ${gate.holds}; the turn asked ${gate.asked}.`;
    case 'reflected':
      return 'The turn reflected: it got a paragraph, and which facts that left out is not told.';
    case 'not_here':
      return `Recall returned it at rank ${gate.rank}, and you said that it is not relevant in this chat.`;
    case 'already_there':
      return `Recall returned it at rank ${gate.rank}, and an earlier message of this chat has it in its block: the model has it.`;
    case 'max_memories':
      return `Recall returned it at rank ${gate.rank}, and the turn took ${gate.took}.`;
    case 'by_hand':
      return `${gate.rank > 0 ? `Recall returned it at rank ${gate.rank}` : 'It is pinned to this chat'}, and you took it out when the turn paused at a breakpoint.`;
    case 'not_sent':
      return 'It was about to be injected. The turn paused at a breakpoint and went no further: nothing was sent.';
    case 'empty_text':
      return `Recall returned it at rank ${gate.rank} without a text.`;
    case 'trace':
      if (gate.fate.kind === 'not_known')
        return 'The trace names it as a candidate and does not tell why it was not returned.';
      return `The trace names it as a candidate${gate.rank === null ? '' : ` at place ${gate.rank}`}: ${fateWord(gate.fate)}.`;
    case 'no_candidate':
      return `It is none of the ${gate.candidates} candidates in the trace: no arm brought it.`;
    case 'no_trace':
      return 'Recall did not return it, and no trace is recorded that tells why.';
    case 'not_recorded':
      return 'The record does not tell that memory was asked.';
  }
}

/** The answer in one line: the first gate, and where it is known from. */
export interface Verdict {
  /** A word for the gate. */
  gate: string;
  /** `none`: it is not known. */
  source: 'record' | 'now' | 'none';
  words: string;
}

/** The first gate that stopped a memory. */
export function verdict(answer: TurnWhyNot): Verdict {
  const { gate, query, probe } = answer;
  if (gate.kind === 'not_recorded')
    return { gate: 'not_known', source: 'none', words: `Not known. ${recordSentence(gate)}` };
  if (answer.settled) return { gate: gate.kind, source: 'record', words: recordSentence(gate) };
  if (gate.kind === 'other_bank') return { gate: gate.kind, source: 'record', words: recordSentence(gate) };
  if (query?.rank != null && probe?.gate.kind !== 'in')
    return {
      gate: 'query',
      source: 'now',
      words: `The query was not your words but “${query.asked.slice(0, 200)}”. In your words it is answered at rank ${query.rank}.`,
    };
  if (gate.kind === 'trace' && gate.fate.kind !== 'not_known')
    return { gate: gate.fate.kind, source: 'record', words: recordSentence(gate) };
  if (probe !== null && probe.gate.kind !== 'in' && probe.gate.kind !== 'not_known')
    return { gate: probe.gate.kind, source: 'now', words: gateSentence(probe.gate) };
  const why = probe?.gate.kind === 'not_known' ? ` ${probe.gate.why}` : '';
  return { gate: 'not_known', source: 'none', words: `Not known.${why} ${recordSentence(gate)}` };
}

/** What the probe says beside the verdict; null when it says nothing more. */
export function probeSentence(answer: TurnWhyNot): string | null {
  const { probe } = answer;
  if (probe === null) return null;
  if (probe.gate.kind === 'in')
    return `The same request answers it now, at rank ${probe.gate.rank}: the bank or the server has changed since the turn.`;
  const said = verdict(answer);
  if (said.source === 'now' && said.gate === probe.gate.kind) return null;
  if (probe.gate.kind === 'not_known') return null;
  return gateSentence(probe.gate);
}

/** What lets the memory in. */
export type Offer =
  | { kind: 'settings'; words: string; settings: TurnSettings; proved: boolean | null }
  | { kind: 'bank'; words: string; bankId: string; proved: boolean | null }
  | { kind: 'restore'; words: string }
  | { kind: 'unhide'; words: string }
  | { kind: 'open'; words: string }
  | { kind: 'words'; words: string };

const OFF: Record<MemoryOff, { words: string; settings?: TurnSettings }> = {
  setting: { words: 'Switch injection on.', settings: { inject_memories: true } },
  tools: { words: 'Switch the preload on.', settings: { preload: true } },
  incognito: { words: 'Make the chat a normal one in its menu: an incognito chat never uses memory.' },
  temporary: { words: 'Use a chat that is kept: a temporary one never uses memory.' },
  excluded_model: {
    words: 'Take the model off the excluded models, in the settings of the level that names it.',
  },
  no_server: { words: 'Set memory up in the settings.' },
  no_query: { words: 'Send a message with words: there was nothing to search with.' },
};

const settings = (words: string, layer: TurnSettings, proved: boolean | null = null): Offer => ({
  kind: 'settings',
  words,
  settings: layer,
  proved,
});

function later(record: TurnRecord, what: string): Offer {
  const now = record.resolved?.settings.recall_timeout_ms.value ?? 3000;
  return settings(`${what}: wait up to ${(now * 2) / 1000} s instead of ${now / 1000} s.`, {
    recall_timeout_ms: now * 2,
  });
}

/** Whether tools are offered; then the preload's settings stand for those of the recall. */
const tooled = (record: TurnRecord) => record.resolved?.settings.memory_tools.value ?? false;

/** The place that a memory would have in a block without a limit. */
function placeOf(record: TurnRecord, id: string | null): number {
  const before = record.selected.slice(0, record.selected.findIndex((one) => one.memoryId === id) + 1);
  return before.filter((one) => one.gate === null || one.gate === 'max_memories').length;
}

function cap(record: TurnRecord, n: number): TurnSettings {
  return tooled(record) ? { preload_max_results: n } : { max_memories: { kind: 'at', n } };
}

/** A change of the request as settings; null when no setting makes it. */
export function settingsOf(
  change: WhyChange,
  record: TurnRecord,
  so: TurnSettings = {},
): TurnSettings | null {
  const to = change.to as never;
  const decided = record.resolved?.settings;
  switch (change.field) {
    case 'budget':
      return tooled(record) ? { preload_budget: to } : { budget: to };
    case 'max_tokens':
      return { max_memory_tokens: to };
    case 'types':
      return { fact_types: to };
    case 'tags':
      return { recall_tags: to ?? [] };
    case 'tags_match':
      return to === null ? { recall_tags: [], recall_tags_match: 'any' } : { recall_tags_match: to };
    case 'tag_groups':
      return { tag_groups: to ?? [] };
    case 'prefer_observations':
      return { prefer_observations: to === null ? 'server' : to ? 'on' : 'off' };
    case 'temporal_window':
      return to === null ? { temporal_window: { kind: 'none' } } : null;
    case 'max_memories':
      return cap(record, to);
    default: {
      const floor = /^min_scores\.(\w+)$/.exec(change.field)?.[1];
      if (floor === undefined) return null;
      const floors = { ...(so.min_scores ?? decided?.min_scores.value), [floor]: to };
      if (to === null) Reflect.deleteProperty(floors, floor);
      return { min_scores: floors };
    }
  }
}

/** The smallest change that lets the memory in; null when nothing was found that does. */
export function offerOf(answer: TurnWhyNot, record: TurnRecord): Offer | null {
  const { gate, probe, query } = answer;
  switch (gate.kind) {
    case 'injected':
    case 'not_recorded':
      return null;
    case 'not_asked': {
      const { words, settings: layer } = OFF[gate.why];
      return layer ? settings(words, layer) : { kind: 'words', words };
    }
    case 'failed':
      return gate.error.code === 'timeout' ? later(record, 'Give recall more time') : null;
    case 'pin':
      if (gate.found.kind === 'invalidated') return { kind: 'restore', words: 'Restore the fact.' };
      if (gate.found.kind === 'other_bank') {
        const { bank_id: bankId } = gate.found;
        return { kind: 'bank', words: `Ask the bank ${bankId}.`, bankId, proved: null };
      }
      return gate.found.kind === 'failed' && gate.found.error.code === 'timeout'
        ? later(record, 'Give it more time')
        : null;
    case 'reflected':
      return settings('Recall facts instead of reflecting.', { mode: 'recall' });
    case 'not_here':
      return { kind: 'unhide', words: 'Take back that it is not relevant in this chat.' };
    case 'already_there':
    case 'by_hand':
    case 'not_sent':
      return null;
    case 'max_memories': {
      const n = placeOf(record, answer.memoryId);
      return settings(`Let a turn take ${n} memories.`, cap(record, n));
    }
    case 'empty_text':
      return { kind: 'open', words: 'Give it a text.' };
    case 'other_bank':
      return { kind: 'bank', words: `Ask the bank ${gate.holds}.`, bankId: gate.holds, proved: null };
    case 'trace':
    case 'no_candidate':
    case 'no_trace':
      break;
  }
  if (verdict(answer).gate === 'query' && query !== null) {
    const rule = { kind: 'last_user_message' } as const;
    return settings(
      'Search with your own words.',
      tooled(record) ? { preload_query: rule } : { query: rule },
      true,
    );
  }
  if (probe === null || probe.changes.length === 0) return null;
  const words = probe.changes.map(changeSentence).join(' ');
  const { proved } = probe;
  let layer: TurnSettings = {};
  for (const change of probe.changes) {
    if (change.field === 'state') return { kind: 'restore', words };
    // A bank and a setting at once are two steps; the first comes first.
    if (change.field === 'bank') return { kind: 'bank', words, bankId: String(change.to), proved };
    const one = settingsOf(change, record, layer);
    if (one === null) return { kind: 'words', words };
    layer = { ...layer, ...one };
  }
  return settings(words, layer, proved);
}
