// An answer with tools as blocks in order: texts, reasoning, images, and the calls between them with what is known of
// each from the message and from the record. Also the words of the memory tools. Pure; drawing is in ToolStep.svelte.
import type { LearnedFact } from '$gen/LearnedFact';
import type { Part } from '$gen/Part';
import type { ToolRun } from '$gen/ToolRun';
import type { ToolState } from '$gen/ToolState';
import { count, middle } from './format';

/** The memory tools, as hindsight-agno names them. */
const RETAIN = 'retain_memory';
const RECALL = 'recall_memory';
const REFLECT = 'reflect_on_memory';

/** One call of a tool as it is shown. */
export interface ToolCall {
  /** Unique in its answer: the provider's id is unique within one step only. */
  key: string;
  id: string;
  name: string;
  /** JSON text as received. */
  arguments: string;
  /** What the model was told; null while it is not known. */
  result: string | null;
  state: ToolState;
  /** The record's account of it; null when only the message is known. */
  run: ToolRun | null;
}

/** A piece of an answer. */
export type Block =
  | { kind: 'part'; key: string; part: Part; first: boolean }
  /** Calls that the model made at the same time. */
  | { kind: 'tools'; key: string; calls: ToolCall[] };

/**
 * Puts parts and the record's tool runs together. Calls that stand side by side without a result between them were made
 * at once and are one block. The n-th call with an id belongs to the n-th run with it. Runs whose call is not in the
 * parts yet come last, and keep their key when it comes. Keys count what is shown, so that they are the same while an
 * answer runs and when it is read back. `before` is what was made last time; blocks that say the same stay the same objects, so that what
 * did not change is not drawn again.
 */
export function blocksOf(
  parts: readonly Part[],
  runs: readonly ToolRun[],
  live: boolean,
  before: readonly Block[] = [],
): Block[] {
  const blocks: Block[] = [];
  const left = [...runs];
  const open: ToolCall[] = [];
  let calls: ToolCall[] | null = null;
  let answered = false;
  let thought = false;
  const take = (id: string, name: string): ToolRun | null => {
    const at = left.findIndex((run) => run.callId === id && run.name === name);
    return at < 0 ? null : (left.splice(at, 1)[0] ?? null);
  };
  let made = 0;
  const add = (call: Omit<ToolCall, 'key'>) => {
    if (calls === null || answered) {
      calls = [];
      answered = false;
      blocks.push({ kind: 'tools', key: `${blocks.length} tools`, calls });
    }
    const one = { ...call, key: String(made) };
    made += 1;
    calls.push(one);
    return one;
  };
  for (const part of parts) {
    if (part.kind === 'tool_call') {
      const run = take(part.id, part.name);
      const state = run?.state ?? (live ? 'running' : 'cancelled');
      const { id, name, arguments: said } = part;
      open.push(add({ id, name, arguments: said, result: run?.result ?? null, state, run }));
    } else if (part.kind === 'tool_result') {
      const asked = open.findIndex((call) => call.id === part.id);
      const call = asked < 0 ? undefined : open.splice(asked, 1)[0];
      answered = true;
      const state: ToolState = part.failed ? 'failed' : 'done';
      if (!call) {
        // A result without its call: kept, or what the tool said would be lost.
        add({ id: part.id, name: part.name, arguments: '', result: part.text, state, run: null });
        answered = true;
        continue;
      }
      call.result = part.text;
      if (call.run === null) call.state = state;
    } else if (part.kind !== 'opaque') {
      const shown = part.kind !== 'reasoning' || part.text !== '';
      if (!shown) continue;
      calls = null;
      answered = false;
      blocks.push({
        kind: 'part',
        key: `${blocks.length} ${part.kind}`,
        part,
        first: part.kind === 'reasoning' && !thought,
      });
      thought ||= part.kind === 'reasoning';
    }
  }
  for (const run of left) {
    const { callId: id, name, arguments: said, result, state } = run;
    add({ id, name, arguments: said, result, state, run });
  }
  return blocks.map((block, at) => {
    const old = before[at];
    return old && unchanged(old, block) ? old : block;
  });
}

function unchanged(a: Block, b: Block): boolean {
  if (a.key !== b.key) return false;
  if (a.kind === 'part') return b.kind === 'part' && a.part === b.part;
  return (
    b.kind === 'tools' &&
    a.calls.length === b.calls.length &&
    a.calls.every((call, at) => {
      const other = b.calls[at];
      return other?.run === call.run && other.state === call.state && other.result === call.result;
    })
  );
}

/** A run of the record as a call, where there is no message to stand in. */
export function callOf(run: ToolRun): ToolCall {
  const { callId: id, name, arguments: said, result, state } = run;
  return { key: `${run.step} ${id}`, id, name, arguments: said, result, state, run };
}

/** Whether an answer has tools at all, so that its record is worth reading. */
export function hasTools(parts: readonly Part[]): boolean {
  return parts.some((part) => part.kind === 'tool_call' || part.kind === 'tool_result');
}

/** A tool's name in a word or two, for bars and lists. */
export function toolWord(name: string): string {
  const words: Record<string, string> = { [RETAIN]: 'store', [RECALL]: 'look up', [REFLECT]: 'ask memory' };
  return words[name] ?? middle(name, 24);
}

/** Which picture a tool has. */
export function toolKind(name: string): 'retain' | 'recall' | 'reflect' | 'other' {
  const kinds: Record<string, 'retain' | 'recall' | 'reflect'> = {
    [RETAIN]: 'retain',
    [RECALL]: 'recall',
    [REFLECT]: 'reflect',
  };
  return kinds[name] ?? 'other';
}

/** The one argument of a memory tool that is worth a line; null for other tools and arguments that cannot be read. */
export function subject(call: Pick<ToolCall, 'name' | 'arguments'>): string | null {
  const kind = toolKind(call.name);
  if (kind === 'other') return null;
  let said: unknown;
  try {
    said = JSON.parse(call.arguments);
  } catch {
    return null;
  }
  if (typeof said !== 'object' || said === null) return null;
  const named = said as Record<string, unknown>;
  const first = kind === 'retain' ? named['content'] : named['query'];
  const text = first ?? Object.values(named).find((value) => typeof value === 'string');
  return typeof text === 'string' && text.trim() !== '' ? text : null;
}

type Tense = 'asking' | 'doing' | 'did' | 'not';

const TENSES: Record<ToolState, Tense> = {
  asking: 'asking',
  running: 'doing',
  done: 'did',
  failed: 'not',
  refused: 'not',
  cancelled: 'not',
};

const VERBS: Record<'retain' | 'recall' | 'reflect', Record<Tense, string>> = {
  retain: { asking: 'Wants to store', doing: 'Storing', did: 'Stored', not: 'Wanted to store' },
  recall: {
    asking: 'Wants to look in memory for',
    doing: 'Looking in memory for',
    did: 'Looked in memory for',
    not: 'Looked in memory for',
  },
  reflect: {
    asking: 'Wants to ask memory:',
    doing: 'Asking memory:',
    did: 'Asked memory:',
    not: 'Asked memory:',
  },
};

/** What a step did, in words without its subject, e.g. `Looked in memory for`. */
export function stepVerb(call: Pick<ToolCall, 'name' | 'state'>): string {
  const kind = toolKind(call.name);
  const tense = TENSES[call.state];
  if (kind !== 'other') return VERBS[kind][tense];
  const name = middle(call.name, 40);
  return tense === 'doing'
    ? `Calling ${name}`
    : tense === 'asking'
      ? `Wants to call ${name}`
      : `Called ${name}`;
}

/** A step in one sentence, for screen readers and copies. */
export function stepWords(call: Pick<ToolCall, 'name' | 'state' | 'arguments'>): string {
  const about = subject(call);
  const verb = stepVerb(call);
  return about === null ? verb.replace(/:$/, '') : `${verb} “${about}”`;
}

/** What came of a step, in a word or two; empty when its time says enough. */
export function stepOutcome(call: Pick<ToolCall, 'name' | 'state' | 'run'>): string {
  switch (call.state) {
    case 'asking':
      return 'waits for you';
    case 'failed':
      return 'failed';
    case 'refused':
      return 'you said no';
    case 'cancelled':
      return 'stopped';
    case 'running':
      return '';
    case 'done': {
      if (call.run === null) return '';
      const kind = toolKind(call.name);
      if (kind === 'recall') {
        const found = call.run.memories.length;
        return found === 0 ? 'nothing yet' : count(found, 'memory');
      }
      if (kind === 'retain' && call.run.learned.length > 0) return `${call.run.learned.length} learned`;
      return '';
    }
  }
}

/** The facts that came of what tools stored, each once, in the order of the calls. */
export function learnedOf(runs: readonly ToolRun[]): LearnedFact[] {
  const facts = new Map<string, LearnedFact>();
  for (const run of runs) for (const fact of run.learned) facts.set(fact.id, fact);
  return [...facts.values()];
}

/** JSON text for people: indented when it can be read, else as it came. */
export function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
