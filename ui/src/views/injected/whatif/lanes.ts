// The answers of one arm of a replay, in the order they are paged through. Pure.
import type { ReplaySample } from '$gen/ReplaySample';
import type { ReplayView } from '$gen/ReplayView';

/** An answer that can be read. */
export interface Answered {
  /** What it is called in the pager: `1`, or `the turn’s own`. */
  label: string;
  text: string;
  /** Null for the turn's own answer. */
  sample: ReplaySample | null;
}

/** The answers of an arm; for the turn as it was, its own answer comes last. */
export function lanesOf(view: ReplayView, arm: number): Answered[] {
  const answers: Answered[] = view.samples
    .filter((sample) => sample.arm === arm)
    .map((sample) => ({ label: String(sample.n + 1), text: sample.text, sample }));
  const { original } = view.replay;
  if (arm === 0 && original !== null)
    answers.push({ label: 'the turn’s own', text: original.text, sample: null });
  return answers;
}

/** The answer that is read first: the first whole one, else the first. */
export function firstWhole(answers: readonly Answered[]): number {
  return Math.max(
    0,
    answers.findIndex(({ sample }) => sample === null || sample.state === 'finished'),
  );
}
