// The door in a browser: the development harness on loopback, with a bearer token from the address.
// Used by browser tests and by `vite dev`; never part of what people install.
import { Failure, asError, asFailure } from './failure';
import { SseCutter, readFrame } from './frames';
import type { AnswerOf, Host } from './types';

const KEEP = 'rearview.token';

/** The token from `#token=…`, kept for reloads of this tab; the address loses it at once. */
function token(): string {
  const found = /[#&]token=([^&]+)/.exec(location.hash)?.[1];
  if (found) {
    sessionStorage.setItem(KEEP, decodeURIComponent(found));
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(KEEP) ?? '';
}

async function post(name: string, request: unknown, accept: string, signal?: AbortSignal): Promise<Response> {
  const init: RequestInit = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: accept, Authorization: `Bearer ${token()}` },
    body: JSON.stringify(request),
  };
  if (signal) init.signal = signal;
  const response = await fetch(`/rpc/${encodeURIComponent(name)}`, init);
  if (!response.ok) throw new Failure(asError(await response.text()));
  return response;
}

export const harnessHost: Host = {
  kind: 'harness',

  async call(name, request) {
    try {
      return await (await post(name, request, 'application/json')).json();
    } catch (thrown) {
      throw asFailure(thrown);
    }
  },

  stream(name, request, onItem, onEnd) {
    const abort = new AbortController();
    const follow = async (): Promise<Failure | null> => {
      const response = await post(name, request, 'text/event-stream', abort.signal);
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      const cutter = new SseCutter();
      for (;;) {
        const piece = await reader?.read();
        if (!piece || piece.done) return new Failure(asError(`The stream \`${name}\` was cut.`));
        for (const text of cutter.push(piece.value)) {
          if (abort.signal.aborted) return null;
          const frame = readFrame<AnswerOf<typeof name>>(text);
          if (frame.kind === 'end') return frame.failure;
          onItem(frame.item);
        }
      }
    };
    follow()
      .catch(asFailure)
      .then((failure) => {
        if (!abort.signal.aborted) onEnd?.(failure);
      });
    return () => abort.abort();
  },

  zoom(factor) {
    document.documentElement.style.setProperty('zoom', String(factor));
  },
};
