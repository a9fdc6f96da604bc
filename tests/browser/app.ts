// The app without a window: one harness process on a data folder of its own, and the commands a test gives it before
// the page is opened. Commands are typed by the generated table, so that a renamed one does not compile.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { COMMANDS, Commands } from '../../ui/src/gen/commands';
import type { Preferences } from '../../ui/src/gen/Preferences';
import type { StartedTurn } from '../../ui/src/gen/StartedTurn';
import type { TurnSettings } from '../../ui/src/gen/TurnSettings';
import type { ScriptedMemory } from './fakes/memory';
import type { ScriptedProvider } from './fakes/provider';

const ROOT = path.resolve(__dirname, '../..');
const BINARY =
  process.env['REARVIEW_HARNESS'] ??
  path.join(process.env['CARGO_TARGET_DIR'] ?? path.join(ROOT, 'target'), 'debug/rearview-harness');
const PAGE = process.env['REARVIEW_UI'] ?? path.join(ROOT, 'ui/dist');

/** Keys that must never be seen anywhere but at the server they are for. */
export const PROVIDER_KEY = 'sk-scripted-7f3a9c';
export const MEMORY_KEY = 'hsk_scripted_51c0de';
export const MODEL = 'scripted/scripted-1';

type Called = {
  [N in keyof Commands]: (typeof COMMANDS)[N]['kind'] extends 'stream' ? never : N;
}[keyof Commands];

export class App {
  readonly home: string;
  #child: ChildProcess;
  #url = '';
  #token = '';

  private constructor(home: string, child: ChildProcess) {
    this.home = home;
    this.#child = child;
  }

  /** Starts one and waits for its line. `home` is made and taken away when none is given. */
  static async start(home?: string): Promise<App> {
    const at = home ?? (await mkdtemp(path.join(tmpdir(), 'rearview-browser-')));
    const child = spawn(BINARY, ['--home', at, '--ui', PAGE], { stdio: ['ignore', 'pipe', 'inherit'] });
    const app = new App(at, child);
    const lines = createInterface({ input: child.stdout });
    const line = await new Promise<string>((done, failed) => {
      lines.once('line', done);
      child.once('error', failed);
      child.once('exit', (code) => failed(new Error(`the harness ended with ${code} before it was ready`)));
    });
    const { url, token } = JSON.parse(line) as { url: string; token: string };
    app.#url = url;
    app.#token = token;
    return app;
  }

  get url(): string {
    return this.#url;
  }

  /** Where to open the page; the token is in it. */
  get page(): string {
    return `${this.#url}/#token=${this.#token}`;
  }

  /** Gives a command as the page would. */
  async call<N extends Called>(name: N, request: Commands[N]['request']): Promise<Commands[N]['answer']> {
    const response = await fetch(`${this.#url}/rpc/${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Commands[N]['answer'];
  }

  async prefer(change: Partial<Preferences>): Promise<void> {
    const preferences = { ...(await this.call('app.preferences', {})), ...change };
    await this.call('app.savePreferences', { preferences });
  }

  /** Sets up the scripted provider and makes its first model the one of new chats. */
  async useProvider(provider: ScriptedProvider): Promise<void> {
    provider.key = PROVIDER_KEY;
    const quirks = {
      maxTokensField: 'auto',
      streamOptions: true,
      midSystem: 'auto',
      listContent: true,
      sampling: true,
    };
    await this.call('provider.save', {
      config: {
        id: 'scripted',
        name: 'Scripted',
        wire: 'openai_chat',
        baseUrl: provider.baseUrl,
        models: ['scripted-1', 'scripted-2'],
        quirks: quirks as never,
        platform: { kind: 'plain' },
        catalogue: null,
      },
      key: PROVIDER_KEY,
    });
    await this.prefer({ defaultModel: MODEL, welcomed: true });
  }

  /** Sets up the scripted memory server for new turns. */
  async useMemory(memory: ScriptedMemory, settings: TurnSettings = {}): Promise<void> {
    memory.key = MEMORY_KEY;
    const config = {
      id: 'scripted',
      name: 'Scripted memory',
      baseUrl: memory.url,
      defaultBank: null,
      settings,
    };
    await this.call('server.save', { config, key: MEMORY_KEY, makeDefault: true });
  }

  /** Makes a chat and answers its id. */
  async chat(title = '', model = MODEL): Promise<string> {
    const { id } = await this.call('chat.create', { kind: 'normal', model });
    if (title) await this.call('chat.update', { chatId: id, title });
    return id;
  }

  /** Sends a message at the end of a chat without waiting for the answer. */
  async send(chatId: string, text: string, settings: TurnSettings = {}): Promise<StartedTurn> {
    return this.call('turn.start', {
      chatId,
      text,
      images: [],
      files: [],
      also: [],
      after: { kind: 'leaf' },
      settings,
    });
  }

  /** Ends it as a quitting app would, and takes its folder away unless it is to be kept. */
  async stop(keep = false): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = new Promise((done) => this.#child.once('exit', done));
      this.#child.kill('SIGTERM');
      // Quitting waits up to 5 s for memory; a fake that hangs is no reason to wait that long.
      const impatient = setTimeout(() => this.#child.kill('SIGKILL'), keep ? 10_000 : 300);
      await ended;
      clearTimeout(impatient);
    }
    if (!keep) await rm(this.home, { recursive: true, force: true });
  }
}
