// The list of a bank that is followed, or of several: calls by time, below each the runs of models that it caused, and runs
// whose cause is not known by themselves. Pure.
import type { FollowedCall } from '$gen/FollowedCall';
import { at } from './follow';
import type { Cause } from './followModels';
import type { Run } from './llmRuns';

/** A bank with what is known of it. */
export interface Followed {
  ref: { serverId: string; bankId: string };
  rows: readonly FollowedCall[];
  runs: readonly Run[];
  causes: ReadonlyMap<string, Cause>;
}

/** A line of the list. */
export type Line<B> =
  | { kind: 'call'; key: string; bank: B; call: FollowedCall }
  | { kind: 'run'; key: string; bank: B; run: Run; cause: Cause };

const UNKNOWN: Cause = { callId: null, by: null, fits: 0 };

/** The lines, the newest first; runs that a call caused follow it, the oldest of them first. */
export function lines<B extends Followed>(banks: readonly B[]): Line<B>[] {
  const free: Line<B>[] = [];
  const below = new Map<string, Line<B>[]>();
  for (const bank of banks) {
    const of = (id: string) => `${bank.ref.serverId}\n${bank.ref.bankId}\n${id}`;
    const shown = new Set(bank.rows.map(({ id }) => id));
    for (const call of bank.rows) free.push({ kind: 'call', key: of(call.id), bank, call });
    for (const run of bank.runs) {
      const cause = bank.causes.get(run.id) ?? UNKNOWN;
      const line: Line<B> = { kind: 'run', key: of(`run ${run.id}`), bank, run, cause };
      if (cause.callId === null || !shown.has(cause.callId)) free.push(line);
      else {
        const key = of(cause.callId);
        below.set(key, [line, ...(below.get(key) ?? [])]);
      }
    }
  }
  const time = (line: Line<B>) =>
    at(line.kind === 'call' ? line.call.startedAt : line.run.startedAt) ?? -Infinity;
  free.sort((a, b) => time(b) - time(a));
  return free.flatMap((line) => [line, ...(below.get(line.key) ?? [])]);
}
