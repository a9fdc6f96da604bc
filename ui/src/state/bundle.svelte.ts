// The turn bundle that somebody looks at, and opening one. It is held by the backend and by nothing else; closing it or
// the app lets it go.
import type { Error as AppError } from '$gen/Error';
import type { OpenedBundle } from '$gen/OpenedBundle';
import { asError, host } from '$host';
import { refusal } from '$lib/bundle';
import { upload } from '$lib/upload';
import { app } from './app.svelte';
import { selected } from './selected.svelte';

class Bundle {
  /** The open one. */
  opened: OpenedBundle | null = $state.raw(null);
  opening = $state(false);
  /** Why the last file could not be opened. */
  error: AppError | null = $state.raw(null);
  #round = 0;

  async open(file: File): Promise<void> {
    const round = ++this.#round;
    const refused = refusal(file);
    this.error = refused ? { code: 'invalidInput', message: refused, retryable: false } : null;
    if (refused) return;
    this.opening = true;
    try {
      const { uploadId } = await upload(file);
      const opened = await host.call('bundle.open', { uploadId });
      if (round !== this.#round) {
        await host.call('bundle.close', { chatId: opened.chatId });
        return;
      }
      await this.close();
      selected.clear();
      this.opened = opened;
      app.announce('The turn bundle is open, read-only.');
    } catch (thrown) {
      if (round === this.#round) this.error = asError(thrown);
    } finally {
      if (round === this.#round) this.opening = false;
    }
  }

  async close(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    if (opened) await host.call('bundle.close', { chatId: opened.chatId }).catch(() => undefined);
  }
}

export const bundle = new Bundle();
