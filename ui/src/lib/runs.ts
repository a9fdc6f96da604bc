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
