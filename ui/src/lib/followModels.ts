// Following the model calls of a bank: folds what each look into their log found into one list, and finds the call of a
// client that caused a run where the logs let it. Pure; state/follow.svelte.ts asks, views/banks/live draws.
import type { FollowedCall } from '$gen/FollowedCall';
import type { LlmRequest } from '$gen/LlmRequest';
import type { ModelLook } from '$gen/ModelLook';
import type { ModelMark } from '$gen/ModelMark';
import { at } from './follow';
import { count } from './format';
import { runs, type Run } from './llmRuns';

/** What is known of the model calls of a bank that is followed. */
export interface FollowedModels {
  /** Calls by id. */
  calls: ReadonlyMap<string, LlmRequest>;
  /** Where the last look ended. */
  mark: ModelMark;
  /** Calls from before the first look that are not shown; null when the server does not say. */
  earlier: number | null;
  /** At least so many came faster than they were listed and are not shown. */
  missed: number;
  /** Calls that were let go because there are too many. */
  dropped: number;
  /** Runs that a cut page began in: there may be more of them. */
  partial: ReadonlySet<string>;
}

export const NO_MODELS: FollowedModels = {
  calls: new Map(),
  mark: {},
  earlier: null,
  missed: 0,
  dropped: 0,
  partial: new Set(),
};

/** Calls of models that are held; older ones are in their log for as long as the server keeps it. */
export const MOST_MODELS = 600;

const idOf = (call: LlmRequest): string => call.traceId ?? call.id;
const began = (call: LlmRequest): number => at(call.startedAt) ?? -Infinity;

/** Takes a look in. */
export function foldModels(before: FollowedModels, { items, mark }: ModelLook): FollowedModels {
  if (items.length === 0 && before.mark.total != null) return { ...before, mark };
  const first = before.mark.total == null && before.calls.size === 0;
  const calls = new Map(before.calls);
  for (const call of items) calls.set(call.id, call);
  const total = mark.total ?? null;
  const earlier = first && total !== null ? Math.max(0, total - items.length) : before.earlier;
  const from = at(mark.from ?? null) ?? -Infinity;
  const held = [...calls.values()].filter((call) => began(call) >= from).length;
  const behind = total === null ? 0 : Math.max(0, total - held);
  const partial = new Set(before.partial);
  const last = items.at(-1);
  if (last && total !== null && total > items.length && !before.calls.has(last.id)) partial.add(idOf(last));
  // Whole runs are let go, so that no sum is of half a run.
  const ofRun = new Map<string, LlmRequest[]>();
  for (const call of [...calls.values()].sort((a, b) => began(b) - began(a))) {
    const run = ofRun.get(idOf(call));
    if (run) run.push(call);
    else ofRun.set(idOf(call), [call]);
  }
  const kept: LlmRequest[] = [];
  for (const run of ofRun.values())
    if (kept.length === 0 || kept.length + run.length <= MOST_MODELS) kept.push(...run);
    else break;
  const ids = new Set(kept.map(idOf));
  return {
    calls: new Map(kept.map((call) => [call.id, call])),
    mark,
    earlier,
    // Before the first look nothing was missed: those are earlier ones. What was let go was not missed either.
    missed: Math.max(before.missed, behind - (earlier ?? 0) - before.dropped),
    dropped: before.dropped + calls.size - kept.length,
    partial: new Set([...partial].filter((id) => ids.has(id))),
  };
}

/** Which call of a client caused a run. */
export interface Cause {
  /** The entry's id; null when it is not known. */
  callId: string | null;
  /** `document`: both logs name the document. `time`: worked out from operation and time, where nothing else fits. */
  by: 'document' | 'time' | null;
  /** Calls that fit, when several do. */
  fits: number;
}

/** What a run and the calls of the audit log tell of its cause. Neither log names the other's entries. */
export function causes(all: readonly Run[], calls: readonly FollowedCall[]): Map<string, Cause> {
  const told = new Map<string, Cause>();
  const timed = calls.flatMap((call) => {
    const from = at(call.startedAt);
    return from === null || (call.kind === 'retain' && call.documents.length === 0)
      ? []
      : [{ call, from, to: at(call.endedAt) }];
  });
  /** Runs that fit a call by time. One call makes one run, so two of them leave it open. */
  const claims = new Map<string, number>();
  for (const run of all) {
    const start = at(run.startedAt);
    const documents = new Set(
      run.spans.map(({ call }) => documentOf(call)).filter((document) => document !== null),
    );
    const byDocument = documents.size > 0;
    const fit = timed
      .filter(({ call, from, to }) => {
        if (start === null || from > start) return false;
        if (byDocument)
          return call.kind === 'retain' && call.documents.some((document) => documents.has(document));
        const asks = call.kind === 'recall' || call.kind === 'reflect';
        return asks && call.kind === run.operation && to !== null && start <= to;
      })
      .map(({ call }) => call.id);
    const only = fit.length === 1 ? (fit[0] ?? null) : null;
    told.set(run.id, {
      callId: only,
      by: only === null ? null : byDocument ? 'document' : 'time',
      fits: fit.length,
    });
    if (!byDocument) for (const id of fit) claims.set(id, (claims.get(id) ?? 0) + 1);
  }
  for (const [id, cause] of told)
    if (cause.by === 'time' && cause.callId !== null && (claims.get(cause.callId) ?? 0) > 1)
      told.set(id, { callId: null, by: null, fits: cause.fits });
  return told;
}

function documentOf({ metadata }: LlmRequest): string | null {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return null;
  const id = metadata['document_id'];
  return typeof id === 'string' ? id : null;
}

/** The runs, the newest first. */
export const runsOf = ({ calls }: FollowedModels): Run[] =>
  runs([...calls.values()]).sort((a, b) => (at(b.startedAt) ?? -Infinity) - (at(a.startedAt) ?? -Infinity));

/** Why the cause of a run is not known, in words. */
export function causeWords({ by, fits }: Cause): string {
  if (by === 'document') return 'caused by the retain of its document';
  if (by === 'time') return 'caused by the call of its operation in that time';
  return fits > 1 ? `which call caused it: not known, ${fits} fit` : 'which call caused it: not known';
}

/** What the list does not show of them, a sentence each. */
export function modelsNotShown({ earlier, missed, dropped, calls }: FollowedModels): string[] {
  const said: string[] = [];
  if (earlier !== null && earlier > 0) said.push(`${count(earlier, 'earlier model call')} not shown.`);
  if (missed > 0)
    said.push(
      `Showing ${calls.size} model calls: at least ${missed} more came faster than they could be listed.`,
    );
  if (dropped > 0) said.push(`${count(dropped, 'older model call')} let go.`);
  return said;
}
