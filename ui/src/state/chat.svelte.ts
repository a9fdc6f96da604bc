// One open chat: the visible path, the messages that are loaded, the turns that made them, and what can be done
// with them. A running answer is in run.svelte.ts, what is being written in composer.svelte.ts.
import { SvelteMap } from 'svelte/reactivity';
import type { Chat } from '$gen/Chat';
import type { ChatView } from '$gen/ChatView';
import type { Error as AppError } from '$gen/Error';
import type { Message } from '$gen/Message';
import type { MessageHead } from '$gen/MessageHead';
import type { StartTurn } from '$gen/StartTurn';
import type { StartedTurn } from '$gen/StartedTurn';
import type { Turn } from '$gen/Turn';
import type { TurnSettings } from '$gen/TurnSettings';
import type { UpdateChat } from '$gen/UpdateChat';
import { asError, host } from '$host';
import { missing, pathAfter, turnAt } from '$lib/transcript';
import { app } from './app.svelte';
import { mutate, onAppEvent } from './commands.svelte';
import { runs } from './run.svelte';
import type { Run, RunEnd } from './run.svelte';

const TAIL = 60; // whole messages when a chat opens: more than two screens of short ones
const TAIL_AGAIN = 20; // when it is read again; what is loaded already stays
const PAGE = 100;
const AGAIN_AFTER_MS = 120; // several notices in a row are one reading

/** A chat while it is shown. */
export class OpenChat {
  chat: Chat | null = $state.raw(null);
  path: MessageHead[] = $state.raw([]);
  readonly messages = new SvelteMap<string, Message>();
  readonly turns = new SvelteMap<string, Turn>();
  /** How long the model reasoned before it answered, by message, as far as it was watched. In milliseconds. */
  readonly thoughtMs = new SvelteMap<string, number>();
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

  constructor(readonly id: string) {
    this.#closers.push(
      onAppEvent((event) => {
        if (event.kind === 'changed' && event.tags.includes('chat')) this.#soon();
        else if (event.kind === 'retain' && event.chat_id === id) this.#retained(event.turn_id, event.state);
        else if (event.kind === 'run' && event.chat_id === id) this.#soon();
      }),
      runs.onEnd((run, end) => run.chatId === id && this.#ended(run, end)),
    );
    void this.load(TAIL);
  }

  /** The run that is going on here. */
  get run(): Run | null {
    return runs.of(this.id);
  }

  get running(): boolean {
    return this.run !== null;
  }

  close() {
    this.#closed = true;
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
    const ids = missing(this.path, has, from, to, PAGE);
    if (ids.length === 0) return;
    for (const id of ids) this.#asked.add(id);
    const since = this.#told;
    try {
      const { messages, turns } = await host.call('chat.messages', { chatId: this.id, ids });
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
    message: Pick<StartTurn, 'text' | 'images' | 'bankId' | 'settings'>,
    edited: string | null = null,
  ) {
    const after: StartTurn['after'] =
      edited === null ? { kind: 'leaf' } : { kind: 'beside', message_id: edited };
    return this.#begin(edited, () => mutate('turn.start', { chatId: this.id, after, ...message }));
  }

  /** Answers a question again, perhaps by another model. */
  async retry(questionId: string, model: string | null = null, settings: TurnSettings = {}) {
    return this.#begin(null, () => mutate('turn.retry', { chatId: this.id, questionId, model, settings }));
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

  async stop() {
    await this.#attempt(async () => this.run?.cancel());
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
      this.#keep([started.question, started.answer], [started.turn], 0);
      this.arrivals += 1;
      app.selectedTurnId = started.turn.id;
      runs.follow(this.id, started.runId, started.turn);
    });
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
    if (!this.run || view.path.some((head) => head.id === this.run?.answerId)) this.path = view.path;
    this.#keep(view.messages, view.turns, since);
    if (view.running !== null) runs.follow(this.id, view.running);
    if (first && app.selectedTurnId === null) {
      app.selectedTurnId = view.path.findLast((head) => head.turnId !== null)?.turnId ?? null;
    }
  }

  /** `since` is what `#told` was before they were asked for. */
  #keep(messages: readonly Message[], turns: readonly Turn[], since: number) {
    for (const message of messages) this.messages.set(message.id, message);
    for (const turn of turns) this.turns.set(turn.id, this.#newest(turn, since));
  }

  /** The turn with the state of its retain that was heard of later than it was read. */
  #newest(turn: Turn, since: number): Turn {
    const heard = this.#heard.get(turn.id);
    return heard && heard.told > since ? { ...turn, retain: heard.state } : turn;
  }

  #retained(turnId: string, state: Turn['retain']) {
    this.#told += 1;
    this.#heard.set(turnId, { told: this.#told, state });
    const turn = this.turns.get(turnId);
    if (turn) this.turns.set(turnId, { ...turn, retain: state });
  }

  #ended(run: Run, end: RunEnd) {
    if (end.kind === 'lost') return void this.load();
    const { turn, parts } = end;
    // Runs and retains are told of on two streams, and the one may overtake the other.
    this.turns.set(turn.id, this.#newest(turn, 0));
    const answer = this.messages.get(turn.answerId);
    if (answer) this.messages.set(turn.answerId, { ...answer, parts });
    if (run.reasoningAt !== null && run.textAt !== null) {
      this.thoughtMs.set(turn.answerId, run.textAt - run.reasoningAt);
    }
    this.#soon();
  }
}
