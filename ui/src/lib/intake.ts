// What bringing memory in says in words: which conversations match, how far a batch is, what a dry run promises.
import type { Batch } from '$gen/Batch';
import type { IntakePlan } from '$gen/IntakePlan';
import type { ListedConversation } from '$gen/ListedConversation';
import type { MemoryPrice } from '$gen/MemoryPrice';
import { count, money, number } from './format';

export type Order = 'date' | 'title' | 'length';

/** The conversations that hold these words in their title, in this order. Undated ones come last. */
export function matching(
  all: readonly ListedConversation[],
  words: string,
  order: Order,
): ListedConversation[] {
  const wanted = words.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter(({ title }) => {
    const text = title.toLocaleLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const by: Record<Order, (a: ListedConversation, b: ListedConversation) => number> = {
    date: (a, b) => (b.began ?? '').localeCompare(a.began ?? ''),
    title: (a, b) => a.title.localeCompare(b.title),
    length: (a, b) => b.characters - a.characters,
  };
  return found.sort(by[order]);
}

/** Whether documents are going in or out right now. */
export const working = ({ state }: Batch): boolean => state === 'running' || state === 'undoing';

/** From 0 to 1. */
export function progress(batch: Batch): number {
  if (batch.state === 'undoing') return batch.stored === 0 ? 0 : Math.min(1, batch.removed / batch.stored);
  return batch.total === 0 ? 0 : Math.min(1, (batch.stored + batch.already + batch.failed) / batch.total);
}

/** How far a batch is, e.g. `12 of 40 documents · 2 there before · 1 failed`. */
export function tally(batch: Batch): string {
  if (batch.state === 'undone') return `${count(batch.removed, 'document')} taken out`;
  if (batch.state === 'undoing') return `${number(batch.removed)} of ${count(batch.stored, 'document')} out`;
  const parts = [`${number(batch.stored)} of ${count(batch.total, 'document')}`];
  if (batch.already > 0) parts.push(`${number(batch.already)} there before`);
  if (batch.failed > 0) parts.push(`${number(batch.failed)} failed`);
  return parts.join(' · ');
}

/** The state in a word. */
export const STATES: Record<Batch['state'], string> = {
  running: 'Reading',
  done: 'Done',
  stopped: 'Stopped',
  interrupted: 'Cut off',
  undoing: 'Taking out',
  undone: 'Taken out',
};

/** What something costs, with where that comes from. */
export function priced({ usd, model, why }: MemoryPrice): string {
  if (usd === null) return `Price not known. ${why}`;
  if (usd === 0) return `Nothing. ${why}`;
  return `About ${money(usd)} at ${model ?? 'the model behind memory'}. ${why}`;
}

/** A file name that nobody chose, for a batch of several. */
export function labelOf(names: readonly string[]): string {
  const [first] = names;
  if (first === undefined) return 'Pasted text';
  return names.length === 1 ? first : `${first} and ${count(names.length - 1, 'more file')}`;
}

/** What a plan is, so that a dry run of another one is known to be out of date. */
export const fingerprint = (plan: IntakePlan): string => JSON.stringify(plan);

/** Whether a text is a day that exists, as `2026-11-27`. */
export function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
