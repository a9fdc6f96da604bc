// Running turns, also several of one chat: each is followed through `turn.attach` until its last event, whether or not
// its chat is in sight. Text is applied once per animation frame. What a chat shows of a finished turn is in chat.svelte.ts, which
// chats have a run at all in chats.svelte.ts.
import { SvelteMap } from 'svelte/reactivity';
import type { Error as AppError } from '$gen/Error';
import type { BlockEdits } from '$gen/BlockEdits';
import type { Part } from '$gen/Part';
import type { Pause } from '$gen/Pause';
import type { RunEvent } from '$gen/RunEvent';
import type { ToolRun } from '$gen/ToolRun';
import type { Turn } from '$gen/Turn';
import type { TurnRecord } from '$gen/TurnRecord';
import { host } from '$host';
import type { Failure, Stop } from '$host';
import { admit, append, applyPart, emptyRecord, pile } from '$lib/fold';
import type { Increment } from '$lib/fold';
import { mutate } from './commands.svelte';

/** Waits between attempts to follow a run again, in milliseconds; after the last one it is given up. */
const RETRY_MS = [200, 500, 1000, 2000, 5000, 5000, 5000, 5000];

/** How a run left: with its last event, or lost from sight, when only the store knows. */
export type RunEnd = { kind: 'ended'; turn: Turn; parts: Part[]; error: AppError | null } | { kind: 'lost' };

/** One running turn. */
export class Run {
  /** The turn as last told; null until the first event when the run was found, not begun. */
  turn: Turn | null = $state.raw(null);
  /** The record as far as it is written. */
  record: TurnRecord | null = $state.raw(null);
  /** The answer as far as it came. */
  parts: Part[] = $state.raw([]);
  /** When reasoning and what came after it began, in milliseconds since the page loaded; null before. */
  reasoningAt: number | null = $state(null);
  textAt: number | null = $state(null);

  /** When calls were seen to begin, in milliseconds since 1970, by step and id. */
  readonly toolSince = new Map<string, number>();

  #seq = 0;
  #pending: Increment[] = [];
  #frame: number | null = null;
  #stop: Stop | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #over = false;
  #onEnd: (end: RunEnd) => void;
  #answerId: string | null;

  constructor(
    readonly id: string,
    readonly chatId: string,
    turn: Turn | null,
    answerId: string | null,
    onEnd: (end: RunEnd) => void,
  ) {
    this.#onEnd = onEnd;
    this.#answerId = answerId;
    if (turn) this.#adopt(turn);
  }

  /** The message it writes. */
  get answerId(): string | null {
    return this.#answerId ?? this.turn?.answerId ?? null;
  }

  /** Goes on without waiting for memory any longer. */
  async skipMemory() {
    await host.call('turn.skipMemory', { runId: this.id });
  }

  /** Stops the answer; what came is kept. The last event follows. */
  async cancel() {
    await host.call('turn.cancel', { runId: this.id });
  }

  /** The calls that wait for the person to allow them. */
  get asking(): readonly ToolRun[] {
    return this.record?.tools.filter((tool) => tool.state === 'asking') ?? [];
  }

  /** Says whether a tool may store what it asked to store. */
  async answerTool({ step, callId }: ToolRun, allow: boolean) {
    await mutate('turn.answerTool', { runId: this.id, step, callId, allow });
  }

  /** The pause it is in; null when it is in none. */
  get paused(): Pause | null {
    const pause = this.record?.pause;
    return pause && pause.end === null ? pause : null;
  }

  /** Lets it go on from its pause, with what is changed in the block. */
  async resume(edits: BlockEdits) {
    await mutate('turn.resume', { runId: this.id, edits });
  }

  /** Begins, or begins again, to follow it from the last event that was seen. */
  attach() {
    this.#stop = host.stream(
      'turn.attach',
      { runId: this.id, afterSeq: this.#seq },
      (event) => this.#take(event),
      (failure) => this.#cut(failure),
    );
  }

  #reattach() {
    this.#stop?.();
    const wait = RETRY_MS[this.#attempt];
    if (wait === undefined) return this.#finish({ kind: 'lost' });
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.attach(), wait);
  }

  #cut(failure: Failure | null) {
    if (this.#over) return;
    // Without a last event: the stream broke, or the run is not known any more.
    if (failure?.error.code === 'notFound') this.#finish({ kind: 'lost' });
    else this.#reattach();
  }

  #take({ seq, event }: RunEvent) {
    if (this.#over) return;
    const place = admit(this.#seq, seq);
    if (place === 'seen') return;
    if (place === 'gap') return this.#reattach();
    this.#seq = seq;
    this.#attempt = 0;
    switch (event.kind) {
      case 'started':
        return this.#adopt(event.turn);
      case 'record':
        if (event.part.part === 'tool') this.#toolMoved(event.part.value);
        if (this.record) this.record = applyPart(this.record, event.part);
        if (this.turn && event.part.part === 'outcome')
          this.turn = { ...this.turn, memory: event.part.value };
        return;
      case 'text':
      case 'reasoning':
      case 'part':
        pile(this.#pending, event);
        this.#frame ??= requestAnimationFrame(() => this.#flush());
        return;
      case 'finished':
        return this.#finish({ kind: 'ended', turn: event.turn, parts: event.parts, error: null });
      case 'failed':
        return this.#finish({ kind: 'ended', turn: event.turn, parts: event.parts, error: event.error });
    }
  }

  #toolMoved({ step, callId, state }: ToolRun) {
    const key = `${step} ${callId}`;
    // A call that waited for the person begins when it was allowed.
    if (state === 'running' && !this.toolSince.has(key)) this.toolSince.set(key, Date.now());
  }

  #adopt(turn: Turn) {
    this.turn = turn;
    this.record ??= emptyRecord(turn);
  }

  #flush() {
    this.#frame = null;
    const now = performance.now();
    for (const { kind } of this.#pending) {
      if (kind === 'reasoning') this.reasoningAt ??= now;
      // A tool that is called ends the thinking as the first word does.
      else if (kind === 'text' || this.reasoningAt !== null) this.textAt ??= now;
    }
    this.parts = append(this.parts, this.#pending);
    this.#pending = [];
  }

  #finish(end: RunEnd) {
    this.#over = true;
    this.#stop?.();
    clearTimeout(this.#timer);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#onEnd(end);
  }
}

class Runs {
  #runs = new SvelteMap<string, Run>();
  #listeners = new Set<(run: Run, end: RunEnd) => void>();

  /** The runs in a chat that are being followed, the oldest first. */
  all(chatId: string): Run[] {
    return [...this.#runs.values()].filter((run) => run.chatId === chatId);
  }

  /** The run that writes a message; null when none does. */
  writing(answerId: string): Run | null {
    for (const run of this.#runs.values()) if (run.answerId === answerId) return run;
    return null;
  }

  /** The record of a turn while it runs; null before and after. */
  recordOf(turnId: string): TurnRecord | null {
    for (const run of this.#runs.values()) if (run.turn?.id === turnId) return run.record;
    return null;
  }

  /** Follows a run until its end. A run that is followed already stays as it is. */
  follow(chatId: string, runId: string, turn: Turn | null = null, answerId: string | null = null): Run {
    const known = this.#runs.get(runId);
    if (known) return known;
    const run: Run = new Run(runId, chatId, turn, answerId, (end) => {
      this.#runs.delete(runId);
      for (const listener of this.#listeners) listener(run, end);
    });
    this.#runs.set(runId, run);
    run.attach();
    return run;
  }

  /** Hears how runs end. Answers how to stop. */
  onEnd(listener: (run: Run, end: RunEnd) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export const runs = new Runs();
