// Times inside and after a turn that have clocks of their own: what the memory server says of its phases of a recall, and
// what became of the retain after the answer. Pure; nothing is invented: a time that nobody told is null.
import type { TurnRecord } from '$gen/TurnRecord';

/** A phase of a recall, as the server tells it. */
export interface Phase {
  /** The server's name of it, in words. */
  label: string;
  /** Milliseconds. */
  ms: number;
}

/** A recall from the server's side. */
export interface ServerTimes {
  /** Its phases in the server's order, which is the order they ran in. */
  phases: Phase[];
  /** The whole recall on the server; null when it does not say. */
  totalMs: number | null;
  /** What is left of the call: the network, and waiting for the server to begin. Null when it cannot be told. */
  networkMs: number | null;
}

/** Reads the phases from the trace of a turn's recall; null when the server told none. */
export function serverTimes(record: TurnRecord): ServerTimes | null {
  const trace = record.memory?.trace as { summary?: unknown } | null | undefined;
  const summary = trace?.summary as Record<string, unknown> | null | undefined;
  if (typeof summary !== 'object' || summary === null) return null;
  const list = Array.isArray(summary['phase_metrics']) ? (summary['phase_metrics'] as unknown[]) : [];
  const phases = list.flatMap((one): Phase[] => {
    if (typeof one !== 'object' || one === null) return [];
    const { phase_name: name, duration_seconds: seconds, details } = one as Record<string, unknown>;
    if (typeof name !== 'string' || typeof seconds !== 'number') return [];
    // A diagnostic is a part of another phase; adding it up would count its time twice.
    if ((details as { diagnostic?: unknown } | null)?.diagnostic === true) return [];
    return [{ label: name.replaceAll('_', ' '), ms: seconds * 1000 }];
  });
  const whole = summary['total_duration_seconds'];
  const totalMs = typeof whole === 'number' ? whole * 1000 : null;
  if (phases.length === 0 && totalMs === null) return null;
  const call = record.memory?.ms ?? 0;
  return { phases, totalMs, networkMs: totalMs === null ? null : Math.max(0, call - totalMs) };
}

/** What happened after the answer. */
export interface AfterTimes {
  /** From the end of the answer until the memory server took it, in milliseconds; null when it has not or nobody noted it. */
  handOverMs: number | null;
  /** From then until the server had extracted its facts; null when it has not or nobody noted it. */
  extractMs: number | null;
  /** How far it is. */
  state: 'none' | 'waiting' | 'extracting' | 'done' | 'failed';
}

/** How long a retain took, by the clock of this computer. The server is asked in growing steps, so the end is late by up to one. */
export function afterTimes(record: TurnRecord): AfterTimes {
  const retained = record.retained;
  const state = retained?.state.state;
  const words = { queued: 'waiting', sent: 'extracting', done: 'done', failed: 'failed' } as const;
  const known = state !== undefined && state in words ? words[state as keyof typeof words] : 'none';
  // A pause at a breakpoint is no part of the total, and the clock went on meanwhile.
  const paused = record.pause?.end?.ms ?? 0;
  const ended = record.answer === null ? NaN : Date.parse(record.startedAt) + record.answer.totalMs + paused;
  const sent = Date.parse(retained?.sentAt ?? '');
  const done = retained?.state.state === 'done' ? Date.parse(retained.state.at) : NaN;
  // Clocks can be set back; a time that runs backwards is not known.
  const span = (from: number, to: number) => (to >= from ? to - from : null);
  return { handOverMs: span(ended, sent), extractMs: span(sent, done), state: known };
}
