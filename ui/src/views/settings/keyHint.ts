// What is said under a key: where it will be kept, and what typing does to one that is kept. Pure.
import type { SecretsInfo } from '$gen/SecretsInfo';

/** The sentence under a key. Without `secrets` (not asked yet) the usual place is named. */
export function keyHint(
  secrets: Pick<SecretsInfo, 'keychain' | 'why'> | undefined,
  { present, needed }: { present: boolean; needed: boolean },
): string {
  const session = secrets?.keychain === false ? (secrets.why ?? '') : null;
  if (present) return `A key is kept. Type to replace it. ${session ?? ''}`.trim();
  const where =
    session === null
      ? 'Kept in the system’s keychain. This page cannot read it back.'
      : `There is no keychain, so the key lasts until Rearview closes. ${session}`.trim();
  return needed ? where : `Not needed by most local servers. ${where}`;
}
