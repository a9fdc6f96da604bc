// What a mission lab found, in sum, and what it will take, in words. Pure; state/missionLab follows the stream.
import type { LabEvent } from '$gen/LabEvent';
import type { LabPlan } from '$gen/LabPlan';
import type { TokenUsage } from '$gen/TokenUsage';
import { count, number } from './format';
import { usd } from './price';

export type LabRead = Extract<LabEvent, { kind: 'read' }>;
export type LabResult = Exclude<LabEvent, { kind: 'started' }>;

export interface LabSum {
  read: number;
  failed: number;
  same: number;
  gained: number;
  lost: number;
  reworded: number;
  /** Tokens in and out; null when the server counted none. */
  before: number | null;
  after: number | null;
}

/** All tokens of a reading; null when the server does not count. */
export function spent(usage: TokenUsage): number | null {
  if (usage.inputTokens === null && usage.outputTokens === null) return usage.totalTokens;
  return (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
}

const plus = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0);

/** The sum of what came so far. */
export function sum(results: readonly LabResult[]): LabSum {
  const all: LabSum = {
    read: 0,
    failed: 0,
    same: 0,
    gained: 0,
    lost: 0,
    reworded: 0,
    before: null,
    after: null,
  };
  for (const one of results) {
    if (one.kind === 'failed') {
      all.failed += 1;
      all.before = plus(all.before, spent(one.used));
      continue;
    }
    all.read += 1;
    all.same += one.pairs.same.length;
    all.gained += one.pairs.gained.length;
    all.lost += one.pairs.lost.length;
    all.reworded += one.pairs.reworded.length;
    all.before = plus(all.before, spent(one.before));
    all.after = plus(all.after, spent(one.after));
  }
  return all;
}

/** Whether a document's facts came out otherwise. */
export function changed(result: LabResult): boolean {
  if (result.kind === 'failed') return false;
  const { gained, lost, reworded } = result.pairs;
  return gained.length + lost.length + reworded.length > 0;
}

/** What running a plan takes, as a sentence. */
export function planText(plan: LabPlan): string {
  const what = count(plan.documents.length, plan.turns ? 'turn' : 'document');
  const reads = `Reads ${what} twice`;
  if (plan.reader.kind === 'rules') return `${reads}, by rules: no model is asked and nothing is paid.`;
  const calls = plan.before.calls + plan.after.calls;
  if (calls === 0) return `${reads}, in the mode Chunks: no model is asked and nothing is paid.`;
  const input = plan.before.inputTokens + plan.after.inputTokens;
  const output = plan.before.outputTokens + plan.after.outputTokens;
  const who = plan.reader.kind === 'model' ? plan.reader.model : 'the model of the memory server';
  return (
    `${reads}: about ${count(calls, 'request')} to ${who}, ` +
    `${number(input)} tokens in and ${number(output)} out. ${priceText(plan)}`
  );
}

/** The price of a plan, as a sentence. */
export function priceText(plan: LabPlan): string {
  if (plan.cost !== null) return plan.cost === 0 ? 'It costs nothing.' : `About ${usd(plan.cost)}.`;
  return plan.reader.kind === 'server'
    ? 'The price is not known: the memory server does not name its model.'
    : 'The price is not known: the catalogue has none for this model.';
}

/** What differs between two facts besides their words, each as one line. */
export function besideWords(before: LabRead['pairs']['same'][number], after: typeof before): string[] {
  const lines: string[] = [];
  const say = (what: string, a: string | null, b: string | null) => {
    if (a !== b) lines.push(`${what}: ${a ?? 'none'} → ${b ?? 'none'}`);
  };
  say('Type', before.factType, after.factType);
  say('From', before.occurredStart, after.occurredStart);
  say('To', before.occurredEnd, after.occurredEnd);
  const names = (list: readonly string[]) => (list.length === 0 ? null : [...list].sort().join(', '));
  say('Entities', names(before.entities), names(after.entities));
  return lines;
}
