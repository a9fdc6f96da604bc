// Which files that are no images may go with a message, what they are called on the wire, and how a file becomes what
// the backend takes. Images are in images.ts. No drawing here.
import type { NewFile } from '$gen/NewFile';
import { bytes } from './format';
import { IMAGE_TYPES, base64Of, sift as siftImages } from './images';
import type { Candidate } from './images';

/** Largest file, in bytes: as for images, the lowest limit that providers put on one request. */
export const MAX_BYTES = 20_000_000;
/** Most files of one message. */
export const MAX_COUNT = 10;
export const PDF = 'application/pdf';

/** Endings of files that are text although browsers call them something else, or nothing. */
const TEXT_ENDINGS =
  'txt md markdown csv tsv json jsonl ndjson xml yaml yml toml ini cfg conf env log html htm css scss svg tex rst adoc ' +
  'org diff patch sql sh bash zsh fish ps1 bat py pyi ipynb rb php pl lua r jl js mjs cjs jsx ts tsx mts cts svelte vue ' +
  'rs go c h cc cpp hpp cxx cs java kt kts swift scala clj ex exs erl hs ml fs dart zig nim proto graphql gradle cmake ' +
  'tf dockerfile makefile srt vtt ics eml';
const ENDINGS = new Set(TEXT_ENDINGS.split(' '));
/** Types that hold text under `application/`. */
const TEXT_TYPES =
  /^application\/(json|.*\+json|xml|.*\+xml|yaml|x-yaml|toml|sql|javascript|x-sh|x-ndjson|rtf)$/;

/** What a file dialog offers. */
export const ACCEPT = [
  ...IMAGE_TYPES,
  PDF,
  'text/*',
  ...[...ENDINGS].filter((ending) => !ending.endsWith('file')).map((ending) => `.${ending}`),
].join(',');

/** The type under which a file is sent: PDF or a type of text; null when it is neither. */
export function mediaTypeOf({ name, type }: Pick<Candidate, 'name' | 'type'>): string | null {
  if (type === PDF) return PDF;
  if (/^text\/[\w.+-]+/.test(type)) return type.split(';')[0] ?? null;
  const ending = name.toLowerCase().split('.').at(-1) ?? '';
  if (ending === 'pdf' && type === '') return PDF;
  return TEXT_TYPES.test(type) || ENDINGS.has(ending) ? 'text/plain' : null;
}

/** What is taken of what came, and sentences about what is not. */
export interface Sifted<F> {
  images: F[];
  files: F[];
  refused: string[];
}

/** Sorts what came into images, files and refusals. `have` says how many of each there are already. */
export function sift<F extends Candidate>(
  came: readonly F[],
  have: { images: number; files: number },
): Sifted<F> {
  const pictures = siftImages(
    came.filter((file) => IMAGE_TYPES.includes(file.type)),
    have.images,
  );
  const files: F[] = [];
  const refused = [...pictures.refused];
  let over = 0;
  for (const file of came) {
    if (IMAGE_TYPES.includes(file.type)) continue;
    const name = file.name || 'The file';
    if (mediaTypeOf(file) === null)
      refused.push(`${name} is no image, PDF or text, so no model could read it.`);
    else if (file.size > MAX_BYTES)
      refused.push(`${name} has ${bytes(file.size)}. A file may have ${bytes(MAX_BYTES)}.`);
    else if (file.size === 0) refused.push(`${name} is empty.`);
    else if (have.files + files.length >= MAX_COUNT) over += 1;
    else files.push(file);
  }
  if (over > 0) {
    refused.push(`A message takes ${MAX_COUNT} files. ${over === 1 ? '1 was' : `${over} were`} left out.`);
  }
  return { images: pictures.taken, files, refused };
}

/** Reads a file into what `turn.start` takes. */
export async function readFile(file: File): Promise<NewFile> {
  return {
    name: file.name || 'file',
    mediaType: mediaTypeOf(file) ?? 'text/plain',
    base64: await base64Of(file),
  };
}
