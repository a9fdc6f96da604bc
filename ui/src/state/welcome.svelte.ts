// The first minute: which step is shown, which forms are open in it, and how it ends in a chat. No drawing.
import type { EngineView } from '$gen/EngineView';
import type { Preset } from '$gen/Preset';
import type { ProviderView } from '$gen/ProviderView';
import { EMBEDDED, RULES } from '$lib/engine';
import { toast } from '$lib/toast';
import { app } from './app.svelte';
import { mutate, read } from './commands.svelte';
import { ReaderForm } from './engine.svelte';
import { preferences } from './preferences.svelte';
import { ProviderForm } from './providers.svelte';
import { ServerForm, type ServerStart } from './servers.svelte';

/** A first message that memory can do something with. */
export const FIRST_MESSAGE =
  'My name is Ana, I am vegetarian, and I am planning a trip to Lisbon in May. What should I eat there?';
/** What to ask in the next chat. */
export const SECOND_MESSAGE = 'What do you know about me?';

/** One walk through the welcome. */
export class Welcoming {
  /** 0 model, 1 memory, 2 start. */
  step = $state(0);
  provider: ProviderForm | null = $state(null);
  server: ServerForm | null = $state(null);
  starting = $state(false);
  /** `provider/model` of the provider that was just set up here; it is offered as the one that reads for memory. */
  justSetUp: string | null = $state(null);
  /** What was picked to read for memory: a model or `RULES`; null while nobody picked. */
  picked: string | null = $state(null);
  readonly reader = new ReaderForm();

  pickProvider(preset: Preset, taken: readonly string[]) {
    this.provider = new ProviderForm({ preset, taken });
  }

  pickServer(start: ServerStart, taken: readonly string[]) {
    this.server = new ServerForm({ start, taken });
    this.server.makeDefault = true;
  }

  /** Changes which kind of server is being set up; what was typed about the other is let go. */
  changeServer(start: ServerStart, taken: readonly string[]) {
    if (this.server?.config.baseUrl !== start.baseUrl) this.pickServer(start, taken);
  }

  /** Opens a provider that is kept already, and checks it, so that a model can be picked. */
  async adopt(view: ProviderView, preset: Preset | null) {
    this.provider = new ProviderForm({ view }, preset);
    await this.provider.runCheck();
  }

  /** Keeps the provider and makes its model the one of new chats. Answers whether it was kept. */
  async saveProvider(insist = false): Promise<boolean> {
    const form = this.provider;
    if (form === null || (await form.save(insist)) === null) return false;
    if (form.model !== '') {
      preferences.set({ defaultModel: form.model });
      this.justSetUp = form.model;
    }
    return true;
  }

  /** What reads for memory unless changed: what was picked, else what is kept, else the model just set up. */
  readerOf(engine: EngineView): string {
    return this.picked ?? engine.model ?? this.justSetUp ?? RULES;
  }

  /** Models that can be switched to rules here: the kept one and the one just set up. */
  readersOf(engine: EngineView): string[] {
    return [...new Set([engine.model, this.justSetUp].filter((model) => model !== null))];
  }

  /** Keeps what reads for memory when it is another than before. Answers whether to go on. */
  async saveReader(): Promise<boolean> {
    const [engine, servers] = await Promise.all([read('engine.status', {}), read('server.list', {})]);
    if (!engine.present || servers.defaultId !== EMBEDDED) return true;
    const reader = this.readerOf(engine);
    if (reader === (engine.model ?? RULES)) return true;
    return this.reader.save(reader, engine.tokensPerDay);
  }

  /** Makes the Demo the model of new chats. `id` is `provider/model`. */
  useDemo(id: string) {
    this.provider = null;
    this.justSetUp = null;
    preferences.set({ defaultModel: id });
  }

  /** Makes a chat with a first message ready to be sent, and leaves the welcome. */
  async start(draft: string) {
    this.starting = true;
    try {
      const chat = await mutate('chat.create', { kind: 'normal', model: preferences.now.defaultModel });
      if (draft !== '') await mutate('chat.saveDraft', { chatId: chat.id, text: draft });
      preferences.set({ welcomed: true });
      app.openChat(chat.id);
    } catch (thrown) {
      toast.error(thrown);
    } finally {
      this.starting = false;
    }
  }
}
