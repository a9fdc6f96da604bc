// What can be done with a provider that was just set up: its model for chats, and for reading conversations for memory.
// Nothing is done by itself but one thing: who had no model yet gets this one.
import type { EngineView } from '$gen/EngineView';
import type { Error as AppError } from '$gen/Error';
import { asError } from '$host';
import { NOBODY_CHOSE } from '$lib/models';
import { app } from './app.svelte';
import { mutate, read } from './commands.svelte';
import { ReaderForm } from './engine.svelte';
import { preferences } from './preferences.svelte';

export class AfterSetUp {
  /** `provider/model` that is offered; empty while none is picked. */
  model = $state('');
  /** Also for the chat that is open. */
  openChatToo = $state(true);
  using = $state(false);
  /** What was done, as a sentence; empty before. */
  done = $state('');
  error: AppError | null = $state.raw(null);
  readonly reader = new ReaderForm();
  readonly #chatId = app.chatId;

  constructor(model: string) {
    this.model = model;
  }

  /** Whether a chat is open that could use the model. */
  get hasOpenChat(): boolean {
    return this.#chatId !== null;
  }

  /** Whether nobody has chosen a model for new chats yet. */
  static get nobodyChose(): boolean {
    return [null, NOBODY_CHOSE].includes(preferences.now.defaultModel);
  }

  /** Whether new chats use the model already. */
  get inUse(): boolean {
    return this.model !== '' && preferences.now.defaultModel === this.model;
  }

  /** Makes it the model of new chats and, when wanted, of the open one. */
  async use(name: string): Promise<void> {
    if (this.model === '' || this.using) return;
    this.using = true;
    this.error = null;
    try {
      const too = this.openChatToo && this.#chatId !== null;
      if (too && this.#chatId !== null)
        await mutate('chat.update', { chatId: this.#chatId, model: this.model });
      preferences.set({ defaultModel: this.model });
      this.done = too ? `New chats and the open chat use ${name}.` : `New chats use ${name}.`;
    } catch (thrown) {
      this.error = asError(thrown);
    } finally {
      this.using = false;
    }
  }

  /**
   * Makes it the model of new chats when nobody has chosen one, and of the open chat when that would be answered by the
   * Demo; a chat with a model of its own keeps it.
   */
  async useFirst(name: string): Promise<void> {
    if (!AfterSetUp.nobodyChose) return;
    const wanted = this.openChatToo;
    this.openChatToo = wanted && (await this.#demoAnswers());
    await this.use(name);
    this.openChatToo = wanted;
  }

  async #demoAnswers(): Promise<boolean> {
    if (this.#chatId === null) return false;
    // A chat that cannot be read is left as it is.
    const view = await read('chat.open', { chatId: this.#chatId, tail: 1 }).catch(() => null);
    return view !== null && [null, NOBODY_CHOSE].includes(view.chat.model);
  }

  /** Lets it read conversations for memory, with the limit that is set. */
  async read(engine: EngineView): Promise<void> {
    if (this.model !== '') await this.reader.save(this.model, engine.tokensPerDay);
  }
}
