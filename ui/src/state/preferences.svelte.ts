// How the window looks and behaves, as kept by the backend: read once, changed here, saved a moment later.
// What a preference does to the page is applied by App.svelte.
import type { Preferences } from '$gen/Preferences';
import { asError, host } from '$host';
import { toast } from '$lib/toast';
import { onAppEvent } from './commands.svelte';

const SAVE_AFTER_MS = 400; // a drag of a pane's border is one save

const DEFAULTS: Preferences = {
  theme: 'system',
  sendKey: 'enter',
  zoom: 1,
  leftWidth: 248,
  rightWidth: 360,
  leftOpen: true,
  rightOpen: true,
  keys: {},
  defaultModel: null,
  defaultProfile: null,
  lastChat: null,
  welcomed: false,
};

class PreferenceState {
  /** The preferences; the built-in ones until they are loaded. Change them with `set`. */
  now: Preferences = $state.raw(DEFAULTS);
  /** Whether they are the person's own by now. */
  loaded = $state(false);

  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Loads them. A failure leaves the built-in ones and is thrown. */
  async load() {
    this.now = await host.call('app.preferences', {});
    this.loaded = true;
    onAppEvent((event) => {
      // Another window may have changed them; our own unsaved change wins.
      if (event.kind === 'changed' && event.tags.includes('preferences') && this.#timer === undefined) {
        host.call('app.preferences', {}).then(
          (kept) => (this.now = kept),
          () => undefined,
        );
      }
    });
  }

  /** Changes some of them at once and saves all of them soon. */
  set(change: Partial<Preferences>) {
    this.now = { ...this.now, ...change };
    if (!this.loaded) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), SAVE_AFTER_MS);
  }

  /** Saves at once what waits to be saved, e.g. before the window closes. */
  flush() {
    if (this.#timer !== undefined) void this.save();
  }

  private async save() {
    clearTimeout(this.#timer);
    try {
      await host.call('app.savePreferences', { preferences: this.now });
    } catch (thrown) {
      toast.error(asError(thrown));
    } finally {
      this.#timer = undefined;
    }
  }
}

export const preferences = new PreferenceState();
