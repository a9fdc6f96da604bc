// A turn from a file: what the check of its requests says, in words. Pure.
import type { BodyVerdict } from '$gen/BodyVerdict';
import type { OpenedBundle } from '$gen/OpenedBundle';
import type { Said } from './record';

const VERDICTS: Record<BodyVerdict, Said> = {
  matches: {
    tone: 'good',
    words: 'SHA-256 matches the one in the record: these are the bytes it says were sent',
  },
  differs: {
    tone: 'bad',
    words: 'SHA-256 does not match the one in the record: these are not the bytes that were sent',
  },
  replaced: {
    tone: 'warn',
    words: 'Texts were replaced, so the SHA-256 cannot match; sizes and places are those of the real bytes',
  },
  key_removed: { tone: 'warn', words: 'A key was taken out, so the SHA-256 cannot match' },
  missing: { tone: 'warn', words: 'The body of this request is not in the bundle' },
  spans_wrong: { tone: 'bad', words: 'The origins do not fit the bytes: the bundle was changed' },
};

/** What the check of a request said; a request that was not checked is not known. */
export function verdictOf(bundle: OpenedBundle, step: number): Said {
  const found = bundle.checks.find((check) => check.step === step);
  return found
    ? VERDICTS[found.verdict]
    : { tone: 'warn', words: 'Not known whether these are the bytes that were sent' };
}

/** The largest file that is handed over; the backend holds the same bound. */
export const LARGEST_BUNDLE = 64 * 1024 * 1024;

/** Why a file is not even sent; null when it may be. */
export function refusal(file: { name: string; size: number }): string | null {
  if (file.size > LARGEST_BUNDLE)
    return `“${file.name}” is larger than any turn bundle: ${Math.floor(file.size / 1_000_000)} MB.`;
  if (file.size === 0) return `“${file.name}” is empty.`;
  return null;
}
