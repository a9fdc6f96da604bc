// Small rules of setting up providers and memory servers: ids that are free, and how a check decides about
// keeping a key. Pure.

import type { Error as AppError } from '$gen/Error';
import type { Verdict } from '$gen/Verdict';

/** An id of lower case letters, digits and `-` that is not taken: `name`, else `name-2`, `name-3`… */
export function freshId(name: string, taken: readonly string[]): string {
  const slug =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'custom';
  let id = slug;
  for (let n = 2; taken.includes(id); n += 1) id = `${slug}-${n}`;
  return id;
}

/** What a check means for the key that was entered. */
export type KeyOutcome =
  | { kind: 'accepted'; words: string }
  | { kind: 'refused'; words: string }
  | { kind: 'unchecked'; words: string }
  | { kind: 'unchanged' };

/**
 * Three honest ends: accepted, refused (not kept unless the person insists), could not be checked (kept, and
 * said). Without a verdict, `fault` says why there is none.
 */
export function outcomeOfKey(verdict: Verdict | undefined, fault: AppError | null): KeyOutcome {
  switch (verdict?.kind) {
    case 'yes':
      return { kind: 'accepted', words: 'Saved. The key was accepted.' };
    case 'no':
      return { kind: 'refused', words: `Not saved. ${verdict.error.message}` };
    case 'unknown':
      return { kind: 'unchecked', words: `Saved. The key could not be checked: ${verdict.why}` };
    default:
      return {
        kind: 'unchecked',
        words: `Saved. The key could not be checked: ${fault?.message ?? 'no answer'}`,
      };
  }
}
