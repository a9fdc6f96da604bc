// Small rules of setting up providers and memory servers: ids that are free, and how a check decides about
// keeping a key. Pure.

import type { Error as AppError } from '$gen/Error';
import type { ErrorCode } from '$gen/ErrorCode';
import type { ProviderCheck } from '$gen/ProviderCheck';
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
  | {
      kind: 'refused' | 'unchecked';
      words: string;
      /** What to do about it. */
      advice?: string | undefined;
      /** Nothing was kept, and the person may insist. */
      open?: boolean;
    }
  | { kind: 'unchanged' };

/**
 * Three honest ends for a memory server: accepted, refused (not kept unless the person insists), could not be checked
 * (kept, and said). Without a verdict, `fault` says why there is none.
 */
export function outcomeOfKey(verdict: Verdict | undefined, fault: AppError | null): KeyOutcome {
  switch (verdict?.kind) {
    case 'yes':
      return { kind: 'accepted', words: 'Saved. The key was accepted.' };
    case 'no':
      return { kind: 'refused', words: `Not saved. ${verdict.error.message}`, open: true };
    case 'unknown':
      return { kind: 'unchecked', words: `Saved. The key could not be checked: ${verdict.why}` };
    default:
      return {
        kind: 'unchecked',
        words: `Saved. The key could not be checked: ${fault?.message ?? 'no answer'}`,
      };
  }
}

const ADVICE: Partial<Record<ErrorCode, string>> = {
  authFailed: 'Paste the key again, or make a new one where the provider gives them.',
  rateLimited: 'The provider asks to wait. Try again in a moment, or save and check later.',
  overloaded: 'The provider is busy. Try again in a moment, or save and check later.',
  timeout: 'It took too long. Try again, or save and check later.',
  networkUnreachable: 'Look at the address and at your connection. A server of your own has to be running.',
  unknownModel: 'Pick another model, or none, and check again.',
};

/** Why a check did not accept a provider: the error of the first verdict that says no, else the first that knows nothing. */
function reason(check: ProviderCheck): { words: string; error: AppError | null } {
  const verdicts = [check.keyAccepted, check.reachable, check.modelsListed, check.modelAnswers];
  const no = verdicts.find((verdict) => verdict.kind === 'no');
  if (no) return { words: no.error.message, error: no.error };
  const unknown = verdicts.find((verdict) => verdict.kind === 'unknown');
  return { words: unknown ? ended(unknown.why) : 'It gave no clear answer.', error: null };
}

/** Backend reasons are clauses; here they stand as sentences. */
function ended(clause: string): string {
  const words = clause.charAt(0).toUpperCase() + clause.slice(1);
  return /[.!?…]$/.test(words) ? words : `${words}.`;
}

/**
 * How keeping a provider ends. Refused and unchecked keep nothing until the person insists; then `insisted` says that it
 * was kept all the same. `fault` is why there is no check; `hadKey` whether a key was kept before.
 */
export function outcomeOfCheck(
  check: ProviderCheck | null,
  fault: AppError | null,
  { hadKey, insisted }: { hadKey: boolean; insisted: boolean },
): KeyOutcome {
  if (check?.outcome === 'accepted') {
    const said = check.keyAccepted.kind === 'yes' ? 'Saved. The key was accepted.' : 'Saved. It answers.';
    return { kind: 'accepted', words: said };
  }
  const why = check ? reason(check) : { words: ended(fault?.message ?? 'no answer'), error: fault };
  const advice = why.error ? (why.error.hint ?? ADVICE[why.error.code]) : undefined;
  const stays = hadKey ? ' The key kept before stays.' : '';
  if (check?.outcome === 'refused') {
    return insisted
      ? { kind: 'refused', words: `Saved although it was refused. ${why.words}`, advice }
      : { kind: 'refused', words: `Not saved. ${why.words}${stays}`, advice, open: true };
  }
  return insisted
    ? { kind: 'unchecked', words: `Saved without a check. ${why.words}`, advice }
    : {
        kind: 'unchecked',
        words: `Not saved: it could not be checked. ${why.words}${stays}`,
        advice,
        open: true,
      };
}
