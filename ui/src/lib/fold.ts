// Folds the events of a run: the record as it grows, the answer as it comes, and whether an event is the next
// one. Pure; the same fold as the app's own, so that what is shown live and what is read back agree.
import type { Part } from '$gen/Part';
import type { RecordPart } from '$gen/RecordPart';
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
    steps: [],
    stepEnds: [],
    answer: null,
    retained: null,
  };
}

/** The record with a part added: a part that comes twice replaces the first, but steps and their ends pile up. */
export function applyPart(record: TurnRecord, { part, value }: RecordPart): TurnRecord {
  switch (part) {
    case 'step':
      return { ...record, steps: [...record.steps, value] };
    case 'step_end':
      return { ...record, stepEnds: [...record.stepEnds, value] };
    default:
      return { ...record, [part]: value };
  }
}

/** What an event's number says: the next one, one that was seen already, or one after a hole. */
export function admit(seen: number, seq: number): 'next' | 'seen' | 'gap' {
  if (seq <= seen) return 'seen';
  return seq === seen + 1 ? 'next' : 'gap';
}

/** An increment of the answer. */
export interface Increment {
  kind: 'text' | 'reasoning';
  text: string;
}

/** Adds an increment to a list of increments in place, merged with the last of its kind. */
export function pile(pending: Increment[], next: Increment) {
  const last = pending.at(-1);
  if (last?.kind === next.kind) last.text += next.text;
  else pending.push({ ...next });
}

/** The parts with increments added. Parts that did not change stay the same objects. */
export function append(parts: readonly Part[], increments: readonly Increment[]): Part[] {
  const out = [...parts];
  for (const { kind, text } of increments) {
    const last = out.at(-1);
    if (last?.kind === kind) out[out.length - 1] = { ...last, text: last.text + text };
    else out.push(kind === 'text' ? { kind, text } : { kind, text, family: '' });
  }
  return out;
}
