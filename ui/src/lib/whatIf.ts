// What a replay changes, costs and tells, in words. Pure. How far answers are from each other is counted by the backend
// (words they share, no model judges); here is only how it is said.
import type { Arm } from '$gen/Arm';
import type { InfluenceVerdict } from '$gen/InfluenceVerdict';
import type { RecalledMemory } from '$gen/RecalledMemory';
import type { ReplayKind } from '$gen/ReplayKind';
import type { ReplayPlan } from '$gen/ReplayPlan';
import type { ReplaySample } from '$gen/ReplaySample';
import type { ReplayState } from '$gen/ReplayState';
import type { ReplayView } from '$gen/ReplayView';
import type { SampleState } from '$gen/SampleState';
import type { TurnSettings } from '$gen/TurnSettings';
import type { Tone } from '$parts/types';
import { count, money, number } from './format';
import { settingText } from './settingWords';
import { SETTINGS, SETTING_NAMES, type SettingName, type SettingValue } from './turnSettings';

/** Fewer answers than this of one arm show what can happen, and not what does. As the backend's `FEWEST_SAMPLES`. */
export const FEWEST_SAMPLES = 5;
/** The most answers of an arm that the backend takes. */
export const MOST_SAMPLES = 20;

/** How a memory is named where there is no room for its text: by its place in the block, from 1. */
export function placeOf(memories: readonly RecalledMemory[], id: string): string {
  const at = memories.findIndex((memory) => memory.id === id);
  return at < 0 ? 'a memory' : String(at + 1);
}

function places(memories: readonly RecalledMemory[], ids: readonly string[]): string {
  const named = ids.map((id) => placeOf(memories, id));
  const last = named.pop() ?? '';
  const words = named.length === 0 ? last : `${named.join(', ')} and ${last}`;
  return named.length === 0 ? `memory ${words}` : `memories ${words}`;
}

/** What an arm changed: `without memory 2`, `no memory`, `asked now: budget high`. */
export function armWords(arm: Arm, memories: readonly RecalledMemory[]): string {
  const said: string[] = [];
  const { memory } = arm;
  if (memory.kind === 'none') said.push('no memory');
  if (memory.kind === 'recorded') {
    const edited = Object.keys(memory.edited);
    if (memory.without.length > 0) said.push(`without ${places(memories, memory.without)}`);
    if (edited.length > 0) said.push(`${places(memories, edited)} edited`);
  }
  if (memory.kind === 'asked_now') {
    const settings = settingsWords(memory.settings);
    const bank = memory.bankId ? [`bank ${memory.bankId}`] : [];
    const changed = [...bank, ...settings];
    said.push(`memory asked now: ${changed.length === 0 ? 'same settings' : changed.join(', ')}`);
  }
  if (arm.placement) said.push(settingText('placement', arm.placement));
  if (arm.model) said.push(arm.model);
  return said.length === 0 ? 'as it was' : said.join(', ');
}

function settingsWords(settings: TurnSettings): string[] {
  return SETTING_NAMES.flatMap((name) => {
    const value = settings[name];
    return value === undefined || value === null
      ? []
      : [settingSaid(name, value as SettingValue<typeof name>)];
  });
}

function settingSaid<N extends SettingName>(name: N, value: SettingValue<N>): string {
  return `${SETTINGS[name].label.toLowerCase()} ${settingText(name, value)}`;
}

/** What would be sent: `2 requests`, `7 to 17 requests`. */
export function requestsWords(plan: ReplayPlan): string {
  const { requests, moreRequests } = plan;
  return moreRequests === 0
    ? count(requests, 'request')
    : `${number(requests)} to ${count(requests + moreRequests, 'request')}`;
}

/** What it would cost. An estimate says so; what is not known is not made up. */
export function priceWords(plan: ReplayPlan): string {
  if (plan.usd === null) return 'price not known';
  const most = plan.moreRequests > 0 && plan.moreUsd !== null ? plan.usd + plan.moreUsd : plan.usd;
  if (most === 0) return 'costs nothing';
  if (most === plan.usd) return `about ${money(plan.usd)}`;
  return `about ${money(plan.usd)} to ${money(most)}`;
}

/** Where the price comes from, or why there is none. */
export function priceSource(plan: ReplayPlan): string {
  if (plan.usd === null) {
    const models = plan.unpriced.join(', ');
    return `The catalogue has no price of ${models}.`;
  }
  if (plan.usd === 0 && (plan.moreUsd ?? 0) === 0) return 'Its list price is zero.';
  const tokens = plan.reported
    ? 'Estimated from the tokens the provider counted for this turn'
    : 'Estimated from tokens counted here: the provider did not count this turn’s';
  return `${tokens}, without its cache, and prices of ${plan.pricesOf}.`;
}

/** What came of a replay in money and tokens. */
export interface Spent {
  /** US dollars, of the answers whose cost is known. */
  usd: number;
  /** Answers whose cost is not known, those that were refused apart. */
  unknown: number;
  /** Whether a count in it is ours. */
  estimated: boolean;
  input: number | null;
  output: number | null;
}

export function spent(samples: readonly ReplaySample[]): Spent {
  const sum: Spent = { usd: 0, unknown: 0, estimated: false, input: null, output: null };
  for (const { cost, usage, state, text } of samples) {
    if (cost) {
      sum.usd += cost.usd;
      sum.estimated ||= cost.estimated;
    } else if (state === 'finished' || text !== '') sum.unknown += 1;
    if (usage.input !== null) sum.input = (sum.input ?? 0) + usage.input;
    if (usage.output !== null) sum.output = (sum.output ?? 0) + usage.output;
  }
  return sum;
}

/** Where that is from: counts of ours make it an estimate. */
export const paidFrom = ({ estimated }: Spent): 'priced' | 'cost' => (estimated ? 'priced' : 'cost');

/** What was paid: `$0.012`, `about $0.012`, `cost not known`. */
export function spentWords({ usd, unknown, estimated }: Spent): string {
  const amount = `${estimated ? 'about ' : ''}${money(usd)}`;
  if (unknown === 0) return amount;
  return usd === 0 ? 'cost not known' : `${amount}, and ${count(unknown, 'answer')} of unknown cost`;
}

/** How far answers are from each other: 0 the same words, 1 none in common. Three figures say more than is known. */
export function apart(distance: number | null): string {
  return distance === null ? 'not known' : distance.toFixed(2);
}

/** How many answers were sent for, came, and count. */
export function sampleWords(view: ReplayView): string {
  const { replay } = view;
  const asked = replay.samples * replay.arms.length;
  const came = view.samples.filter(({ state }) => state === 'finished').length;
  return `${number(came)} of ${count(asked, 'answer')}`;
}

/** Whether what is shown of a replay is an anecdote: some arm, or the turn as it was, has too few answers. */
export const isAnecdote = (view: ReplayView): boolean => view.spread.some((arm) => arm.anecdote);

export const REPLAY_STATES: Record<ReplayState, string> = {
  running: 'running',
  done: 'done',
  stopped: 'stopped by you',
  interrupted: 'cut off: Rearview ended while it ran',
};

export const SAMPLE_STATES: Record<SampleState, string> = {
  finished: 'whole',
  failed: 'failed',
  stopped: 'stopped by you',
};

/** A verdict in a word, and what it means. */
export const VERDICTS: Record<InfluenceVerdict, { word: string; tone: Tone; means: string }> = {
  decisive: {
    word: 'decisive',
    tone: 'memory',
    means: 'Without it the answers differ more than the turn’s own answers differ among each other.',
  },
  redundant: {
    word: 'redundant',
    tone: 'neutral',
    means: 'Leaving it out alone changed nothing; leaving it out with the memories like it did.',
  },
  inert: { word: 'inert', tone: 'neutral', means: 'Leaving it out changed nothing that can be seen.' },
  unclear: {
    word: 'unclear',
    tone: 'warn',
    means: 'The answers vary too much among themselves, or too few came, to say.',
  },
};

/** What a past replay is called in a list. */
export function replayTitle(view: ReplayView, memories: readonly RecalledMemory[]): string {
  const { kind, arms } = view.replay;
  if (TITLES[kind] !== null) return TITLES[kind];
  const changed = arms.slice(1).map(({ arm }) => armWords(arm, memories));
  return changed.length === 0 ? 'as it was' : changed.join(' · ');
}

const TITLES: Record<ReplayKind, string | null> = { what_if: null, influence: 'Which memory mattered' };
