// The trace as a picture: which stages there are, where each candidate stands in each, and the lines between them.
// Pure geometry and words; views/lab draws it. Rows are shown up to a number, those left out are counted.
import type { Candidate } from '$gen/Candidate';
import type { Fate } from '$gen/Fate';
import type { Stages } from '$gen/Stages';
import { ARM_NAMES } from './gates';

export type StageId = 'arms' | 'fusion' | 'rerank' | 'answer';

/** A stage, left to right. */
export interface Stage {
  id: StageId;
  label: string;
  /** How many candidates came so far. */
  count: number;
}

/** One candidate in the picture. */
export interface Row {
  candidate: Candidate;
  /** Place in each stage from 0; null where it was not. */
  at: Record<StageId, number | null>;
}

export interface Picture {
  stages: Stage[];
  rows: Row[];
  /** Candidates that are not drawn. */
  left: number;
}

const ARMS = ['semantic', 'bm25', 'graph', 'temporal'];

/** Names of the arms that brought anything or were asked, in the usual order. */
export function armsOf(stages: Stages): string[] {
  const asked = new Set(stages.arms.map((arm) => arm.method));
  for (const one of stages.candidates) for (const arm of Object.keys(one.arms)) asked.add(arm);
  const known = ARMS.filter((arm) => asked.has(arm));
  return [...known, ...[...asked].filter((arm) => !ARMS.includes(arm)).sort()];
}

export const armName = (arm: string): string => ARM_NAMES[arm] ?? arm;

/** The letter of an arm where there is no room for its name. */
export const armLetter = (arm: string): string => armName(arm).charAt(0);

const best = (candidate: Candidate): number => {
  const ranks = Object.values(candidate.arms).flatMap((place) => place?.rank ?? place?.kindRank ?? []);
  return ranks.length > 0 ? Math.min(...ranks) : Number.POSITIVE_INFINITY;
};

export const answered = (fate: Fate): number | null => (fate.kind === 'answered' ? fate.rank : null);

/** Lays a recall out: the first `most` candidates of the final order and the first `most` answers, each at its place among those in each stage. */
export function picture(stages: Stages, most: number): Picture {
  const all = stages.candidates;
  // The best, and what was answered from behind them: an answer that is not drawn would be a lie of the picture.
  const answers = all.filter((one) => answered(one.fate) !== null).slice(0, most);
  const shown = new Set([...all.slice(0, most), ...answers]);
  const drawn = all.filter((one) => shown.has(one));
  const places = (order: (one: Candidate) => number | null): Map<string, number> => {
    const there = drawn.flatMap((one) => {
      const place = order(one);
      return place === null || !Number.isFinite(place) ? [] : [{ id: one.id, place }];
    });
    there.sort((a, b) => a.place - b.place);
    return new Map(there.map((one, index) => [one.id, index]));
  };
  const arms = places(best);
  const fusion = places((one) => one.fusedRank);
  const rerank = places((one) => one.rank);
  const answer = places((one) => answered(one.fate));
  const rows = drawn.map((candidate): Row => ({
    candidate,
    at: {
      arms: arms.get(candidate.id) ?? null,
      fusion: fusion.get(candidate.id) ?? null,
      rerank: rerank.get(candidate.id) ?? null,
      answer: answer.get(candidate.id) ?? null,
    },
  }));
  const summed = stages.make === 'summed';
  const count = (has: (one: Candidate) => boolean) => all.filter(has).length;
  const columns: Stage[] = [
    { id: 'arms', label: 'Arms', count: count((one) => Object.keys(one.arms).length > 0) },
    { id: 'fusion', label: summed ? 'Sum' : 'Fusion', count: count((one) => one.fusedRank !== null) },
    { id: 'rerank', label: summed ? 'Order' : 'Rerank', count: count((one) => one.rank !== null) },
    { id: 'answer', label: 'Answer', count: count((one) => answered(one.fate) !== null) },
  ];
  return {
    // A stage that nobody went through was not computed.
    stages: columns.filter((stage) => stage.id === 'answer' || stage.count > 0),
    rows,
    left: all.length - drawn.length,
  };
}

/** A line from one point to another that leaves and arrives level. */
export function line(x1: number, y1: number, x2: number, y2: number): string {
  const bend = (x2 - x1) / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** What became of a candidate, in a few words. */
export function fateWord(fate: Fate): string {
  switch (fate.kind) {
    case 'answered':
      return `rank ${fate.rank}`;
    case 'prefiltered':
      return 'cut before the rerank';
    case 'min_score':
      return `below min_scores.${fate.which} ${fate.floor}`;
    case 'covered':
      return 'replaced by its observation';
    case 'cap':
      return fate.most === null ? 'behind the last place' : `behind place ${fate.most}`;
    case 'tokens':
      return `${fate.over} ${fate.over === 1 ? 'token' : 'tokens'} over`;
    case 'not_known':
      return 'not answered; why is not known';
  }
}

/** The cuts in their order, with how many candidates each took. */
export function cuts(stages: Stages): { label: string; count: number }[] {
  const kinds: [Fate['kind'], string][] = [
    ['prefiltered', 'Cut before the rerank'],
    ['min_score', 'Below a floor'],
    ['covered', 'Replaced'],
    ['cap', 'Behind the last place'],
    ['tokens', 'Did not fit'],
    ['not_known', 'Not known'],
  ];
  return kinds.flatMap(([kind, label]) => {
    const count = stages.candidates.filter((one) => one.fate.kind === kind).length;
    return count > 0 ? [{ label, count }] : [];
  });
}

const FACTORS: Record<string, string> = {
  cross_encoder: 'cross encoder',
  sum: 'sum',
  recency: 'recency',
  temporal: 'temporal',
  proof: 'proof',
  repeats: 'repeats another',
  other: 'not explained',
};

export const factorName = (name: string): string => FACTORS[name] ?? name;

/** A number to be read at a glance; the whole one belongs in a tip. */
export function digits(n: number): string {
  if (n === 0) return '0';
  const size = Math.abs(n);
  return size >= 100 ? n.toFixed(0) : size >= 0.001 ? String(Number(n.toFixed(3))) : n.toExponential(1);
}
