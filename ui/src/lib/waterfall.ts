// The time of a turn as bars: own work, memory, each request's connect, wait and stream, tools, and what is left.
// Pure numbers from a TurnRecord in milliseconds; Waterfall.svelte draws them.

import type { TurnRecord } from '$gen/TurnRecord';
import { toolWord } from './steps';

/** What a bar stands for. */
export type BarKind =
  'own' | 'inject' | 'memory' | 'paused' | 'tool' | 'between' | 'connect' | 'wait' | 'stream' | 'rest';

/** One bar. */
export interface Bar {
  kind: BarKind;
  /** For people, e.g. `recall` or `connect`. */
  label: string;
  /** From Enter to the bar's beginning, in milliseconds. */
  start: number;
  /** How long, in milliseconds. */
  ms: number;
  /** The request it belongs to, from 0; null when it belongs to none. */
  step: number | null;
}

/** All bars of a turn. */
export interface Waterfall {
  bars: Bar[];
  /** From Enter to the end, or to the last thing known while it runs, in milliseconds. */
  total: number;
  /** How much of it the turn was paused at a breakpoint. */
  paused: number;
  /** True when the turn has not ended yet, so the bars are not all there. */
  open: boolean;
}

/**
 * Lays the measured times of a record end to end. Our own work happens on both sides of the memory call: settings are
 * resolved before it, the block is placed and encoded after it. Older records have both as one figure, drawn as one bar
 * in front. A pause at a breakpoint stands between both. Later requests begin where their
 * `sentAt` says, but never before the one before them ended. Tools run between two requests: one after the other when
 * their times fit between them that way, else they ran at the same time and all begin where the request before ended.
 */
export function waterfall(record: TurnRecord): Waterfall {
  const bars: Bar[] = [];
  let at = 0;
  const add = (
    kind: BarKind,
    label: string,
    ms: number | null | undefined,
    step: number | null = null,
  ): void => {
    if (ms === null || ms === undefined || !(ms > 0)) return;
    bars.push({ kind, label, start: at, ms, step });
    at += ms;
  };
  const addTools = (index: number, until: number): void => {
    const ran = record.tools.filter((tool) => tool.step === index && (tool.ms ?? 0) > 0);
    const sum = ran.reduce((all, tool) => all + (tool.ms ?? 0), 0);
    const from = at;
    const together = sum > until - from + 1;
    let last = at;
    for (const tool of ran) {
      if (together) at = from;
      add('tool', toolWord(tool.name), tool.ms, index);
      last = Math.max(last, at);
    }
    at = last;
  };
  const steps = [...record.steps].sort((a, b) => a.index - b.index);
  const first = steps[0];
  if (record.own) add('own', 'resolve', record.own.resolveMs);
  else add('own', 'own work', first?.ownMs);
  add('memory', memoryWord(record), record.memory?.ms);
  const pausedMs = record.pause?.end?.ms ?? 0;
  add('paused', 'paused', pausedMs);
  if (record.own) add('inject', 'inject', record.own.injectMs);
  const begin = at;
  for (const step of steps) {
    if (first !== undefined && step !== first) {
      const offset = begin + Date.parse(step.sentAt) - Date.parse(first.sentAt);
      addTools(step.index - 1, offset);
      add('between', 'between requests', offset - at, step.index);
    }
    const end = record.stepEnds.find((one) => one.index === step.index);
    if (end === undefined) break;
    const connect = Math.min(end.connectMs ?? 0, end.totalMs);
    const token =
      end.firstTokenMs === null ? null : Math.min(Math.max(end.firstTokenMs, connect), end.totalMs);
    add('connect', 'connect', connect, step.index);
    if (token !== null) add('wait', 'first token', token - connect, step.index);
    add(
      token === null ? 'wait' : 'stream',
      token === null ? 'no text' : 'answer',
      end.totalMs - (token ?? connect),
      step.index,
    );
    if (step === steps.at(-1)) addTools(step.index, Infinity);
  }
  // A pause at a breakpoint is nobody's time, and no part of the total that the turn tells.
  const told = record.answer?.totalMs;
  const whole = told === undefined || told === null ? null : told + pausedMs;
  if (whole !== null) add('rest', 'rest', whole - at);
  return { bars, total: Math.max(at, whole ?? 0), paused: pausedMs, open: record.answer === null };
}

/** What the memory call before the first request was: with memory tools it is the preload. */
export function memoryWord(record: TurnRecord): string {
  if (record.resolved?.settings.memory_tools.value) return 'preload';
  return record.memory?.mode ?? 'memory';
}

/** What the whole is called: the pause is in it, and in no other total that is told of the turn. */
export function totalWord({ open, paused }: Waterfall): string {
  return `${open ? 'so far' : 'total'}${paused > 0 ? ' with the pause' : ''}`;
}

/** The waterfall as one sentence, for those who do not see it. `text` turns milliseconds into words. */
export function waterfallText(
  { bars, total, open, paused }: Waterfall,
  text: (ms: number) => string,
): string {
  if (bars.length === 0) return 'No times yet.';
  const list = bars.map((bar) => `${bar.label} ${text(bar.ms)}`).join(', ');
  return `${list}. ${open ? 'So far' : 'In all'}${paused > 0 ? ' with the pause' : ''} ${text(total)}.`;
}
