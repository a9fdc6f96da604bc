// Providers that need little typing: model servers found on this computer, and keys found in a `.env` file. Both are
// looked for when somebody asks and never by themselves; of keys only the names come here.
import type { EnvFile } from '$gen/EnvFile';
import type { Error as AppError } from '$gen/Error';
import type { Importable } from '$gen/Importable';
import type { LocalServer } from '$gen/LocalServer';
import type { LocalServers } from '$gen/LocalServers';
import type { Preset } from '$gen/Preset';
import type { ProviderView } from '$gen/ProviderView';
import { asError, host } from '$host';
import { DEFAULT_QUIRKS } from '$lib/quirks';
import { freshId } from '$lib/setup';
import { mutate } from './commands.svelte';

/** Looking for model servers on this computer. */
export class LocalSearch {
  looking = $state(false);
  /** What was found; null before anybody looked. */
  found: LocalServers | null = $state.raw(null);
  /** The address that is being added. */
  adding: string | null = $state(null);
  /** What was added from here, by the address that was found. */
  added: Record<string, ProviderView> = $state({});
  error: AppError | null = $state.raw(null);

  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    this.error = null;
    try {
      this.found = await host.call('provider.findLocal', {});
    } catch (thrown) {
      this.error = asError(thrown);
    } finally {
      this.looking = false;
    }
  }

  /** Keeps a server that was found, without a key. Answers what was kept, or null. */
  async add(
    server: LocalServer,
    presets: readonly Preset[],
    taken: readonly string[],
  ): Promise<ProviderView | null> {
    if (this.adding !== null) return null;
    this.adding = server.baseUrl;
    this.error = null;
    try {
      const preset = presets.find((one) => one.id === server.preset);
      // The entry's quirks are those of its own wire; a server found to speak another has the usual ones.
      const quirks = preset?.wire === server.wire ? { ...DEFAULT_QUIRKS, ...preset.quirks } : DEFAULT_QUIRKS;
      const view = await mutate('provider.save', {
        config: {
          id: freshId(server.preset, taken),
          name: server.name,
          wire: server.wire,
          baseUrl: server.baseUrl,
          models: [],
          quirks,
          platform: { kind: 'plain' },
          catalogue: preset?.id ?? null,
        },
        key: null,
      });
      this.added[server.baseUrl] = view;
      return view;
    } catch (thrown) {
      this.error = asError(thrown);
      return null;
    } finally {
      this.adding = null;
    }
  }
}

/** What names a key that was found. */
export const nameOf = ({ path, variable, preset }: Importable): string =>
  `${path ?? ''}\n${variable}\n${preset}`;

/** Taking keys from the environment or from a file into the keychain. */
export class KeyImport {
  /** Where the file is, as it is typed. */
  path = $state('');
  looking = $state(false);
  file: EnvFile | null = $state.raw(null);
  /** The names of the keys that are being taken. */
  taking: string[] = $state([]);
  /** The names of the keys that were taken. */
  taken: string[] = $state([]);
  error: AppError | null = $state.raw(null);

  get busy(): boolean {
    return this.taking.length > 0;
  }

  async look(): Promise<void> {
    if (this.looking || this.path.trim() === '') return;
    this.looking = true;
    this.error = null;
    try {
      this.file = await host.call('provider.lookIntoEnvFile', { path: this.path.trim() });
    } catch (thrown) {
      this.error = asError(thrown);
      this.file = null;
    } finally {
      this.looking = false;
    }
  }

  /** Takes keys one after the other; one that cannot be taken stops the rest and is said. Answers what was kept. */
  async take(some: readonly Importable[]): Promise<ProviderView[]> {
    if (this.busy) return [];
    this.error = null;
    this.taking = some.map(nameOf);
    const views: ProviderView[] = [];
    try {
      for (const found of some) {
        views.push(await mutate('provider.importKey', found));
        this.taken.push(nameOf(found));
      }
    } catch (thrown) {
      this.error = asError(thrown);
    } finally {
      this.taking = [];
    }
    return views;
  }
}
