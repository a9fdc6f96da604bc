// A file of the person's, handed to the backend slice by slice: it is never whole in the page's memory.
import type { UploadedFile } from '$gen/UploadedFile';
import { host } from '$host';

/** Bytes in a slice; the backend takes up to 4 MiB. */
const SLICE = 1024 * 1024;

/** Sends a file. `said` hears how many bytes are there; aborting removes what came. */
export async function upload(
  file: File,
  options: { signal?: AbortSignal; said?: (written: number) => void } = {},
): Promise<UploadedFile> {
  const { uploadId } = await host.call('upload.begin', { name: file.name, size: file.size });
  try {
    for (let offset = 0; offset < file.size; offset += SLICE) {
      options.signal?.throwIfAborted();
      const slice = new Uint8Array(await file.slice(offset, offset + SLICE).arrayBuffer());
      await host.call('upload.append', { uploadId, offset, base64: base64(slice) });
      options.said?.(offset + slice.length);
    }
    options.signal?.throwIfAborted();
    return await host.call('upload.finish', { uploadId });
  } catch (thrown) {
    await host.call('upload.discard', { uploadId }).catch(() => undefined);
    throw thrown;
  }
}

/** Bytes as base64, in runs that fit the arguments of a call. */
export function base64(data: Uint8Array): string {
  let text = '';
  for (let at = 0; at < data.length; at += 0x8000) {
    text += String.fromCharCode(...data.subarray(at, at + 0x8000));
  }
  return btoa(text);
}
