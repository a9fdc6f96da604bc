// Which images may go with a message, and how a file becomes what the backend takes. No drawing here.
import type { NewImage } from '$gen/NewImage';
import { bytes } from './format';

/** Types that every provider with eyes takes. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
/** Largest image, in bytes: the lowest limit that providers put on one request. */
export const MAX_BYTES = 20_000_000;
/** Most images of one message. */
export const MAX_COUNT = 10;

/** What came from the clipboard, a drop or a file dialog. */
export interface Candidate {
  name: string;
  type: string;
  size: number;
}

/** Sorts what came into what is taken and sentences about what is not. `have` is how many there are already. */
export function sift<F extends Candidate>(
  files: readonly F[],
  have: number,
): { taken: F[]; refused: string[] } {
  const taken: F[] = [];
  const refused: string[] = [];
  let over = 0;
  for (const file of files) {
    const name = file.name || 'The file';
    if (!IMAGE_TYPES.includes(file.type)) refused.push(`${name} is not a PNG, JPEG, GIF or WebP image.`);
    else if (file.size > MAX_BYTES)
      refused.push(`${name} has ${bytes(file.size)}. An image may have ${bytes(MAX_BYTES)}.`);
    else if (file.size === 0) refused.push(`${name} is empty.`);
    else if (have + taken.length >= MAX_COUNT) over += 1;
    else taken.push(file);
  }
  if (over > 0) {
    refused.push(`A message takes ${MAX_COUNT} images. ${over === 1 ? '1 was' : `${over} were`} left out.`);
  }
  return { taken, refused };
}

/** Reads a file into what `turn.start` takes. */
export async function readImage(file: File): Promise<NewImage> {
  return { name: file.name || null, mediaType: file.type, base64: await base64Of(file) };
}

/** The bytes of a file in base64. */
export async function base64Of(file: File): Promise<string> {
  const url = await dataUrl(file);
  return url.slice(url.indexOf(',') + 1);
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error(`${file.name} could not be read.`));
    reader.readAsDataURL(file);
  });
}

/** The address under which an image can be shown. */
export function imageUrl(image: { mediaType: string; base64: string }): string {
  return `data:${image.mediaType};base64,${image.base64}`;
}
