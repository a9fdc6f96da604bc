// Tokens of a text while it is typed: counted in the backend, a moment after the last key. Call it while a component is
// set up.
import { query } from '$state/commands.svelte';

const PAUSE_MS = 250;

/** The count, null until it is known; while typing, the count of a moment ago. */
export function tokenCount(text: () => string): { readonly value: number | null } {
  let asked = $state(text());
  $effect(() => {
    const now = text();
    if (now === asked) return;
    const timer = setTimeout(() => (asked = now), PAUSE_MS);
    return () => clearTimeout(timer);
  });
  const counted = query('mission.countTokens', () => (asked === '' ? null : { texts: [asked] }), {
    keep: true,
  });
  return {
    get value() {
      return text() === '' ? 0 : (counted.data?.counts[0] ?? null);
    },
  };
}
