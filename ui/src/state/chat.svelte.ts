// One open chat: the visible path, the messages that are loaded, the turns that made them, and what can be done
// with them. A running answer is in run.svelte.ts, what is being written in composer.svelte.ts.
import { SvelteMap } from 'svelte/reactivity';
import type { Chat } from '$gen/Chat';
import type { ChatView } from '$gen/ChatView';
import type { Error as AppError } from '$gen/Error';
import type { LearnedCounts } from '$gen/LearnedCounts';
import type { Message } from '$gen/Message';
import type { MessageHead } from '$gen/MessageHead';
import type { RunningTurn } from '$gen/RunningTurn';
import type { StartTurn } from '$gen/StartTurn';
import type { StartedTurn } from '$gen/StartedTurn';
import type { ToolRun } from '$gen/ToolRun';
import type { Turn } from '$gen/Turn';
import type { TurnSettings } from '$gen/TurnSettings';
import type { UpdateChat } from '$gen/UpdateChat';
import { asError, host } from '$host';
import { missing, pathAfter, turnAt } from '$lib/transcript';
import { app } from './app.svelte';
import { mutate, onAppEvent } from './commands.svelte';
import { Comparison, comparisonsOf } from './compare.svelte';
import type { Comparisons } from './compare.svelte';
import { focusedPause, pauseForm } from './pause.svelte';
import { runs } from './run.svelte';
import type { Run, RunEnd } from './run.svelte';

const TAIL = 60; // whole messages when a chat opens: more than two screens of short ones
const TAIL_AGAIN = 20; // when it is read again; what is loaded already stays
const PAGE = 100;
const AGAIN_AFTER_MS = 120; // several notices in a row are one reading

const shown = new Set<OpenChat>();

/** Reads a chat anew that is shown somewhere, because another view changed it. */
export function readChatAgain(id: string) {
  for (const chat of shown) if (chat.id === id) void chat.load();
}

/** A chat while it is shown. */
export class OpenChat {
  chat: Chat | null = $state.raw(null);
  path: MessageHead[] = $state.raw([]);
  readonly messages = new SvelteMap<string, Message>();
  readonly turns = new SvelteMap<string, Turn>();
  /** How long the model reasoned before it answered, by message, as far as it was watched. In milliseconds. */
  readonly thoughtMs = new SvelteMap<string, number>();
  /** Questions whose answers stand side by side. */
  readonly comparisons: Comparisons;
  /** Why the chat could not be opened. */
  error: AppError | null = $state.raw(null);
  /** Why the last thing that was asked of it did not happen. */
  problem: AppError | null = $state.raw(null);
  /** The message that is being edited, and its text so far. */
  editing: { id: string; text: string } | null = $state(null);
  /** Counts messages that came at the end, for the transcript to follow. */
  arrivals = $state(0);

  #asked = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closers: (() => void)[] = [];
  #closed = false;
  /** Counts notices of retains, so that a reading that began before one does not take it back. */
  #told = 0;
  #heard = new Map<string, { told: number; state: Turn['retain'] }>();
  readonly #learnt = new Map<string, { told: number; learned: LearnedCounts }>();

  constructor(readonly id: string) {
    this.comparisons = comparisonsOf(id);
    this.#closers.push(
      onAppEvent((event) => {
        if (event.kind === 'changed' && event.tags.includes('chat')) this.#soon();
        else if (event.kind === 'retain' && event.chat_id === id) this.#retained(event.turn_id, event.state);
        else if (event.kind === 'learned' && event.chat_id === id)
          this.#learned(event.turn_id, event.learned);
        else if (event.kind === 'run' && event.chat_id === id) this.#soon();
      }),
      runs.onEnd((run, end) => run.chatId === id && this.#ended(run, end)),
    );
    shown.add(this);
    void this.load(TAIL);
  }

  /** The runs that are going on here; several when several models answer. */
  get runs(): readonly Run[] {
    return runs.all(this.id);
  }

  get running(): boolean {
    return this.runs.length > 0;
  }

  /** Whether something waits for the person to allow it. */
  get asking(): boolean {
    return this.runs.some((run) => run.asking.length > 0);
  }

  /** The runs that are paused at a breakpoint. */
  get paused(): readonly Run[] {
    return this.runs.filter((run) => run.paused !== null);
  }

  close() {
    this.#closed = true;
    shown.delete(this);
    clearTimeout(this.#timer);
    for (const close of this.#closers) close();
  }

  /** Reads the chat anew. */
  async load(tail = TAIL_AGAIN) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const since = this.#told;
    try {
      const view = await host.call('chat.open', { chatId: this.id, tail });
      if (!this.#closed) this.#adopt(view, since);
    } catch (thrown) {
      this.error = asError(thrown);
    }
  }

  /** Asks for the messages of rows in sight and around them. */
  async want(from: number, to: number) {
    const has = (id: string) => this.messages.has(id) || this.#asked.has(id);
    await this.#fetch(missing(this.path, has, from, to, PAGE));
  }

  /** Asks for messages that are not here, of any branch. */
  async #fetch(ids: readonly string[]) {
    if (ids.length === 0) return;
    for (const id of ids) this.#asked.add(id);
    const since = this.#told;
    try {
      const { messages, turns } = await host.call('chat.messages', { chatId: this.id, ids: [...ids] });
      if (!this.#closed) this.#keep(messages, turns, since);
    } catch (thrown) {
      this.problem = asError(thrown);
    } finally {
      for (const id of ids) this.#asked.delete(id);
    }
  }

  /** Loads every message of the path, page by page from the end. Stops when the chat is left. */
  async loadAll() {
    for (let end = this.path.length - 1; end >= 0 && !this.#closed; end -= PAGE) {
      await this.want(Math.max(0, end - PAGE + 1), end);
    }
  }

  /** The turn of a row, for the right pane. */
  select(index: number) {
    const turnId = turnAt(this.path, index);
    if (turnId !== null) app.selectedTurnId = turnId;
  }

  /** Sends a message; `edited` is the message it takes the place of. Answers whether it began. */
  async send(
    message: Pick<StartTurn, 'text' | 'images' | 'files' | 'also' | 'bankId' | 'settings'>,
    edited: string | null = null,
  ) {
    const after: StartTurn['after'] =
      edited === null ? { kind: 'leaf' } : { kind: 'beside', message_id: edited };
    return this.#begin(edited, () =>
      mutate('turn.start', { chatId: this.id, after, canPause: true, ...message }),
    );
  }

  /** Answers a question again, perhaps by another model. Beside its other answers where they are compared. */
  async retry(questionId: string, model: string | null = null, settings: TurnSettings = {}) {
    return this.#begin(null, () =>
      mutate('turn.retry', { chatId: this.id, questionId, model, settings, also: [], canPause: true }),
    );
  }

  /** Makes the message beside a row visible: -1 the one before, 1 the one after. */
  async showSibling(index: number, by: -1 | 1) {
    const head = this.path[index];
    if (!head) return;
    await this.#attempt(async () => {
      const { ids } = await host.call('chat.siblings', { chatId: this.id, messageId: head.id });
      const next = ids[ids.indexOf(head.id) + by];
      if (next !== undefined) await this.#show(next);
    });
  }

  /** The answers that stand side by side at a row; null when one is shown alone. */
  compared(index: number): Comparison | null {
    const asked = this.path[index - 1];
    return asked === undefined ? null : (this.comparisons.get(asked.id) ?? null);
  }

  /** Shows all answers of a row's question side by side. */
  async compare(index: number) {
    const [asked, head] = [this.path[index - 1], this.path[index]];
    if (!asked || !head) return;
    await this.#attempt(async () => {
      const { ids } = await host.call('chat.siblings', { chatId: this.id, messageId: head.id });
      await this.#fetch(ids.filter((id) => !this.messages.has(id)));
      const made = new Comparison(ids);
      made.front = head.id;
      this.comparisons.set(asked.id, made);
    });
  }

  /** Shows one answer of a row alone again: the one on the visible branch. */
  single(index: number) {
    const asked = this.path[index - 1];
    if (asked) this.comparisons.delete(asked.id);
  }

  /** Goes on with one of several answers: its branch becomes the visible one, its model the one that answers next. */
  async continueWith(answerId: string) {
    await this.#attempt(async () => {
      if (!this.path.some((head) => head.id === answerId)) await this.#show(answerId);
      const turn = this.turns.get(this.messages.get(answerId)?.turnId ?? '');
      if (!turn) return;
      app.selectedTurnId = turn.id;
      if (this.chat && turn.model !== this.chat.model) {
        this.chat = await mutate('chat.update', { chatId: this.id, model: turn.model });
      }
    });
  }

  /** Makes the branch of a message visible, unless it is. */
  async reveal(messageId: string) {
    if (this.path.some((head) => head.id === messageId)) return;
    // Asked for once: a message that is gone would be asked for with every change of the path.
    if (!(await this.#attempt(() => this.#show(messageId)))) app.focusMessageId = null;
  }

  /** Changes the chat; what is absent stays. */
  async update(change: Omit<UpdateChat, 'chatId'>) {
    await this.#attempt(async () => {
      this.chat = await mutate('chat.update', { chatId: this.id, ...change });
    });
  }

  async retryRetain(turnId: string) {
    await this.#attempt(async () => {
      this.#retained(turnId, await mutate('turn.retryRetain', { chatId: this.id, turnId }));
    });
  }

  /** Says whether a turn that waits for it goes to memory. */
  answerRetain(turnId: string, keep: boolean): Promise<boolean> {
    return this.#attempt(async () => {
      this.#retained(turnId, await mutate('turn.answerRetain', { chatId: this.id, turnId, keep }));
    });
  }

  /** Stops one run, or all. */
  async stop(which: readonly Run[] = this.runs) {
    await this.#attempt(async () => {
      await Promise.all(which.map((run) => run.cancel()));
    });
  }

  /** Lets a tool store what it asked to store, or not. */
  async answerTool(run: Run, tool: ToolRun, allow: boolean) {
    await this.#attempt(() => run.answerTool(tool, allow));
  }

  /** Lets a paused answer go on as it was changed: the one where the focus is, else the first. */
  async goOn(run = this.paused.find(({ id }) => id === focusedPause.runId) ?? this.paused[0]) {
    if (run === undefined) return;
    const form = pauseForm(run);
    if (form?.fault === null) await this.#attempt(() => form.goOn());
  }

  /** Lets a paused answer go on without anything of memory. */
  async goOnWithout(run: Run) {
    const form = pauseForm(run);
    if (form !== null) await this.#attempt(() => form.goOnWithout());
  }

  async #show(messageId: string) {
    const since = this.#told;
    this.#adopt(await mutate('chat.showBranch', { chatId: this.id, messageId }), since);
    app.selectedTurnId = this.path.findLast((head) => head.turnId !== null)?.turnId ?? null;
  }

  async #begin(edited: string | null, start: () => Promise<StartedTurn>): Promise<boolean> {
    return this.#attempt(async () => {
      const started = await start();
      this.path = pathAfter(this.path, started, edited);
      const answers = [started, ...started.also];
      this.#keep(
        [started.question, ...answers.map((one) => one.answer)],
        answers.map((one) => one.turn),
        0,
      );
      this.#compareNew(
        started.question.id,
        answers.map((one) => one.answer.id),
      );
      this.arrivals += 1;
      app.selectedTurnId = started.turn.id;
      for (const one of answers) runs.follow(this.id, one.runId, one.turn, one.answer.id);
    });
  }

  /** New answers stand side by side when there are several, or when the old ones do. */
  #compareNew(questionId: string, answers: readonly string[]) {
    const known = this.comparisons.get(questionId);
    if (known) {
      known.add(answers);
      known.front = answers[0] ?? null;
    } else if (answers.length > 1) this.comparisons.set(questionId, new Comparison(answers));
  }

  /** Several answers that were running when the chat was opened are shown side by side again. */
  async #compareRunning(running: readonly RunningTurn[]) {
    const index = this.path.findLastIndex((head) => head.role === 'assistant');
    const head = this.path[index];
    if (!head || head.siblings < 2 || this.compared(index)) return;
    const { ids } = await host.call('chat.siblings', { chatId: this.id, messageId: head.id });
    const written = ids.filter((id) => id === head.id || running.some((one) => one.answerId === id));
    if (written.length < 2 || this.#closed) return;
    await this.#fetch(written.filter((id) => !this.messages.has(id)));
    this.#compareNew(this.path[index - 1]?.id ?? '', written);
  }

  /** Runs something that may fail; the failure is shown in the chat. Answers whether it went well. */
  async #attempt(what: () => Promise<void>): Promise<boolean> {
    this.problem = null;
    try {
      await what();
      return true;
    } catch (thrown) {
      this.problem = asError(thrown);
      return false;
    }
  }

  #soon() {
    this.#timer ??= setTimeout(() => void this.load(), AGAIN_AFTER_MS);
  }

  #adopt(view: ChatView, since: number) {
    const first = this.chat === null;
    this.error = null;
    this.chat = view.chat;
    // While a turn runs, its own path is the newer one until the store has it.
    const has = (id: string) => view.path.some((head) => head.id === id);
    if (!this.path.some((head) => runs.writing(head.id) && !has(head.id))) this.path = view.path;
    this.#keep(view.messages, view.turns, since);
    for (const { runId, answerId } of view.running) runs.follow(this.id, runId, null, answerId);
    if (first && view.running.some(({ answerId }) => !has(answerId))) {
      void this.#compareRunning(view.running).catch(() => undefined);
    }
    if (first && app.selectedTurnId === null) {
      app.selectedTurnId = view.path.findLast((head) => head.turnId !== null)?.turnId ?? null;
    }
  }

  /** `since` is what `#told` was before they were asked for. */
  #keep(messages: readonly Message[], turns: readonly Turn[], since: number) {
    for (const message of messages) this.messages.set(message.id, message);
    for (const turn of turns) this.turns.set(turn.id, this.#newest(turn, since));
  }

  /** The turn with what was heard of it later than it was read. */
  #newest(turn: Turn, since: number): Turn {
    const heard = this.#heard.get(turn.id);
    const learnt = this.#learnt.get(turn.id);
    const newest = heard && heard.told > since ? { ...turn, retain: heard.state } : turn;
    return learnt && learnt.told > since ? { ...newest, learned: learnt.learned } : newest;
  }

  #retained(turnId: string, state: Turn['retain']) {
    this.#told += 1;
    this.#heard.set(turnId, { told: this.#told, state });
    const turn = this.turns.get(turnId);
    if (!turn) return;
    const { learned, ...rest } = turn;
    // What was taken out of memory again taught it nothing.
    const stays = learned !== undefined && state?.state !== 'removed';
    if (!stays) this.#learnt.delete(turnId);
    this.turns.set(turnId, { ...rest, ...(stays ? { learned } : {}), retain: state });
  }

  #learned(turnId: string, learned: LearnedCounts) {
    this.#told += 1;
    this.#learnt.set(turnId, { told: this.#told, learned });
    const turn = this.turns.get(turnId);
    if (turn) this.turns.set(turnId, { ...turn, learned });
  }

  #ended(run: Run, end: RunEnd) {
    if (end.kind === 'lost') return void this.load();
    const { turn, parts } = end;
    // Runs and retains are told of on two streams, and the one may overtake the other.
    this.turns.set(turn.id, this.#newest(turn, 0));
    const answer = this.messages.get(turn.answerId);
    if (answer) this.messages.set(turn.answerId, { ...answer, parts });
    if (run.reasoningAt !== null && run.textAt !== null && run.textAt >= run.reasoningAt) {
      this.thoughtMs.set(turn.answerId, run.textAt - run.reasoningAt);
    }
    this.#soon();
  }
}
