// The worker that reads markdown, so that long answers and colouring never hold up the page. One request at a
// time for each text; what was read is remembered for the texts that still grow.
import { highlight } from '$lib/highlight';
import { reader } from '$lib/markdown';
import type { Block, Reading } from '$lib/markdown';

export interface Request {
  /** Who asks; the same for all states of one text. */
  id: number;
  text: string;
  streaming: boolean;
}

export interface Response {
  id: number;
  /** Index of the first block that changed since the last response for this id. */
  from: number;
  blocks: Block[];
}

const { read } = reader(highlight);
const growing = new Map<number, Reading>();

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const before = growing.get(data.id);
  const reading = read(data.text, data.streaming, before);
  if (data.streaming) growing.set(data.id, reading);
  else growing.delete(data.id);
  const same = reading.blocks.findIndex((block, index) => before?.blocks[index]?.html !== block.html);
  const from = same < 0 ? reading.blocks.length : same;
  const blocks = reading.blocks.slice(from).map(({ key, html, closed }) => ({ key, html, closed }));
  self.postMessage({ id: data.id, from, blocks } satisfies Response);
});
