// A text on its way to rendered blocks: asks the worker, one request at a time for each text, the newest text
// wins. Finished texts are remembered, so that a message scrolled back into view is whole at once.
import type { Block } from '$lib/markdown';
import { sanitise } from '$lib/sanitise';
import type { Request, Response } from '$workers/markdown';

const MOST = 400; // finished texts remembered

const waiting = new Map<number, (response: Response) => void>();
const finished = new Map<string, Block[]>();
let worker: Worker | null = null;
let lastId = 0;

function ask(request: Request, answer: (response: Response) => void) {
  if (!worker) {
    worker = new Worker(new URL('../workers/markdown.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Response>) => {
      const then = waiting.get(data.id);
      waiting.delete(data.id);
      then?.(data);
    });
  }
  waiting.set(request.id, answer);
  worker.postMessage(request);
}

/** The rendered state of one text. */
export class ProseText {
  /** Safe blocks; null until the first answer, when the plain text is shown instead. */
  blocks: Block[] | null = $state.raw(null);

  #id = (lastId += 1);
  #busy = false;
  #asked = false;
  #next: { text: string; streaming: boolean } | null = null;

  /** Takes the newest state of the text. */
  show(text: string, streaming: boolean) {
    const known = streaming ? undefined : finished.get(text);
    if (known) {
      this.close(); // an answer that is still under way is for an older text
      this.blocks = known;
      return;
    }
    if (typeof Worker === 'undefined') return;
    this.#next = { text, streaming };
    this.#pump();
  }

  /** Forgets what is under way, here and in the worker. */
  close() {
    if (this.#asked) worker?.postMessage({ id: this.#id, text: '', streaming: false } satisfies Request);
    this.#id = lastId += 1;
    this.#asked = this.#busy = false;
    this.#next = null;
  }

  #pump() {
    if (this.#busy || !this.#next) return;
    const { text, streaming } = this.#next;
    this.#next = null;
    this.#busy = this.#asked = true;
    const id = this.#id;
    ask({ id, text, streaming }, ({ from, blocks }) => {
      if (id !== this.#id) return;
      this.#busy = false;
      const clean = blocks.map((block) => ({ ...block, html: sanitise(block.html) }));
      this.blocks = [...(this.blocks ?? []).slice(0, from), ...clean];
      if (!streaming) remember(text, this.blocks);
      this.#pump();
    });
  }
}

function remember(text: string, blocks: Block[]) {
  finished.set(text, blocks);
  if (finished.size <= MOST) return;
  const oldest = finished.keys().next();
  if (!oldest.done) finished.delete(oldest.value);
}
