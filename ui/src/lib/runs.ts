// How runs of changes read: their state in a word, how far they are, what became of their changes. Pure.
import type { ChangeRunState } from '$gen/ChangeRunState';
import type { ChangeState } from '$gen/ChangeState';
import type { FactField } from '$gen/FactField';
import type { KeptFact } from '$gen/KeptFact';
import type { RunView } from '$gen/RunView';
import { number } from './format';

export const RUN_WORDS: Record<ChangeRunState, string> = {
  running: 'Running',
  done: 'Done',
  stopped: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Halted',
  undoing: 'Undoing',
  undone: 'Undone',
};

export const CHANGE_WORDS: Record<ChangeState, string> = {
  waiting: 'waiting',
  sent: 'not known',
  done: 'changed',
  skipped: 'skipped',
  failed: 'failed',
  returning: 'not known',
  undone: 'taken back',
  conflict: 'left alone',
};

export const FIELD_WORDS: Record<FactField, string> = {
  text: 'text',
  context: 'context',
  occurredStart: 'occurred, from',
  occurredEnd: 'occurred, to',
  mentionedAt: 'mentioned',
  factType: 'type',
  entities: 'entities',
  state: 'state',
};

export const going = (run: RunView): boolean => run.state === 'running' || run.state === 'undoing';

/** How far a run is on its way, from 0 to 1. */
export function progress(run: RunView): number {
  if (run.total === 0) return 1;
  const left = run.back ? run.done + run.unknown : run.waiting + run.unknown;
  return Math.max(0, Math.min(1, 1 - left / run.total));
}

/** Runs of one action stand together: an action over facts of several banks makes one in each. Their order stays. */
export function together(runs: readonly RunView[]): RunView[][] {
  const groups = new Map<string, RunView[]>();
  for (const run of runs) {
    const group = groups.get(run.together);
    if (group) group.push(run);
    else groups.set(run.together, [run]);
  }
  return [...groups.values()];
}

/** What most needs to be known comes first. */
const WEIGHT: readonly ChangeRunState[] = [
  'running',
  'undoing',
  'failed',
  'interrupted',
  'stopped',
  'done',
  'undone',
];

/** Runs of one action as if they were one; null when there are none. */
export function sumOf(runs: readonly RunView[]): RunView | null {
  const [first, ...others] = runs;
  if (!first) return null;
  const sum = { ...first };
  for (const run of others) {
    for (const key of [
      'total',
      'done',
      'failed',
      'skipped',
      'undone',
      'conflicts',
      'unknown',
      'waiting',
    ] as const)
      sum[key] += run[key];
    if (WEIGHT.indexOf(run.state) < WEIGHT.indexOf(sum.state)) [sum.state, sum.back] = [run.state, run.back];
    sum.undoable ||= run.undoable;
    sum.resumable ||= run.resumable;
    sum.redoable ||= run.redoable;
    sum.error ??= run.error;
  }
  return sum;
}

/** What became of its changes, in words: `18 of 20 changed · 2 skipped`. */
export function tally(run: RunView): string {
  const parts = [`${number(run.done)} of ${number(run.total)} changed`];
  const more: [number, string][] = [
    [run.undone, 'taken back'],
    [run.skipped, 'skipped'],
    [run.failed, 'failed'],
    [run.conflicts, 'left alone'],
    [run.unknown, 'not known'],
    [run.waiting, 'waiting'],
  ];
  for (const [n, word] of more) if (n > 0) parts.push(`${number(n)} ${word}`);
  return parts.join(' · ');
}

/** A field of a fact as text; empty when it has none. */
export function fieldText(fact: KeptFact, field: FactField): string {
  if (field === 'entities') return fact.entities.join(', ');
  if (field === 'state') {
    if (fact.state !== 'invalidated') return 'valid';
    return fact.reason ? `invalidated: ${fact.reason}` : 'invalidated';
  }
  return fact[field] ?? '';
}

/** The names of two lists, each once: those that went, those that stayed, those that came. */
export function names(
  before: readonly string[],
  after: readonly string[],
): { name: string; kind: 'gone' | 'same' | 'new' }[] {
  return [...new Set([...before, ...after])].map((name) => ({
    name,
    kind: !after.includes(name) ? 'gone' : before.includes(name) ? 'same' : 'new',
  }));
}
