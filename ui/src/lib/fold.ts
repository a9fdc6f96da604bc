// Folds the events of a run: the record as it grows, the answer as it comes, and whether an event is the next
// one. Pure; the same fold as the app's own, so that what is shown live and what is read back agree.
import type { Part } from '$gen/Part';
import type { RecordPart } from '$gen/RecordPart';
import type { ToolRun } from '$gen/ToolRun';
import type { TurnRecord } from '$gen/TurnRecord';
import type { Turn } from '$gen/Turn';

/** A record with nothing in it yet. */
export function emptyRecord(turn: Pick<Turn, 'id' | 'chatId' | 'startedAt'>): TurnRecord {
  return {
    turnId: turn.id,
    chatId: turn.chatId,
    startedAt: turn.startedAt,
    resolved: null,
    query: null,
    memory: null,
    selected: [],
    injected: null,
    outcome: null,
    own: null,
    steps: [],
    stepEnds: [],
    tools: [],
    answer: null,
    retained: null,
    pinned: [],
    echoed: null,
  };
}

/**
 * The record with a part added: a part that comes twice replaces the first, but steps and their ends pile up, and so do
 * tool calls, each replaced as it goes on.
 */
export function applyPart(record: TurnRecord, { part, value }: RecordPart): TurnRecord {
  switch (part) {
    case 'step':
      return { ...record, steps: [...record.steps, value] };
    case 'step_end':
      return { ...record, stepEnds: [...record.stepEnds, value] };
    case 'tool':
      return { ...record, tools: withTool(record.tools, value) };
    case 'moved': {
      const moved = record.moved ?? [];
      const at = moved.findIndex(({ runId }) => runId === value.runId);
      return { ...record, moved: at < 0 ? [...moved, value] : moved.with(at, value) };
    }
    default:
      return { ...record, [part]: value };
  }
}

/** A provider's id of a call is unique within its step only. */
function withTool(tools: readonly ToolRun[], run: ToolRun): ToolRun[] {
  const at = tools.findIndex((one) => one.step === run.step && one.callId === run.callId);
  return at < 0 ? [...tools, run] : tools.with(at, run);
}

/** What an event's number says: the next one, one that was seen already, or one after a hole. */
export function admit(seen: number, seq: number): 'next' | 'seen' | 'gap' {
  if (seq <= seen) return 'seen';
  return seq === seen + 1 ? 'next' : 'gap';
}

/** An increment of the answer, or a whole part of it such as a tool call, in the order of their coming. */
export type Increment = { kind: 'text' | 'reasoning'; text: string } | { kind: 'part'; part: Part };

/** Adds an increment to a list of increments in place, merged with the last of its kind. */
export function pile(pending: Increment[], next: Increment) {
  const last = pending.at(-1);
  if (next.kind !== 'part' && last?.kind === next.kind) last.text += next.text;
  else pending.push({ ...next });
}

/** The parts with increments added. Parts that did not change stay the same objects. */
export function append(parts: readonly Part[], increments: readonly Increment[]): Part[] {
  const out = [...parts];
  for (const next of increments) {
    const last = out.at(-1);
    if (next.kind === 'part') out.push(next.part);
    else if (last?.kind === next.kind) out[out.length - 1] = { ...last, text: last.text + next.text };
    else if (next.kind === 'text') out.push({ kind: 'text', text: next.text });
    else out.push({ kind: 'reasoning', text: next.text, family: '' });
  }
  return out;
}
