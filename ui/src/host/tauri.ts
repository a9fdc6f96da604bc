// The door inside the app's window: two commands of the shell, `rpc` and `stream`. The only file that
// imports the shell's API.
import { Channel, invoke, isTauri } from '@tauri-apps/api/core';
import { getCurrentWebview } from '@tauri-apps/api/webview';
import { asFailure } from './failure';
import { readFrame } from './frames';
import type { AnswerOf, Host } from './types';

/** Whether the page runs in the app's window. */
export const inWindow = isTauri;

export const tauriHost: Host = {
  kind: 'tauri',

  async call(name, request) {
    try {
      return JSON.parse(await invoke<string>('rpc', { name, request: JSON.stringify(request) }));
    } catch (thrown) {
      throw asFailure(thrown);
    }
  },

  stream(name, request, onItem, onEnd) {
    let open = true;
    const end = (failure: Parameters<NonNullable<typeof onEnd>>[0]) => {
      if (!open) return;
      open = false;
      onEnd?.(failure);
    };
    const channel = new Channel<string>((text) => {
      if (!open) return;
      const frame = readFrame<AnswerOf<typeof name>>(text);
      if (frame.kind === 'item') onItem(frame.item);
      else end(frame.failure);
    });
    const started = invoke<number>('stream', { name, request: JSON.stringify(request), channel });
    started.catch((thrown: unknown) => end(asFailure(thrown)));
    return () => {
      if (!open) return;
      open = false;
      // The id may not be here yet; a stream that never started needs no stop.
      started.then((id) => invoke('unstream', { id })).catch(() => undefined);
    };
  },

  zoom(factor) {
    // A refusal leaves the size as it was, which is what the person sees anyway.
    getCurrentWebview()
      .setZoom(factor)
      .catch(() => undefined);
  },
};
