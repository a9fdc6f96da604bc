// Spinners and skeletons wait 200 ms, so that quick answers do not flicker.

const QUIET_MS = 200;

/** `shown` turns true when `wanted` has been true for 200 ms, and false at once. Call it in a component's set-up. */
export function later(wanted: () => boolean): { readonly shown: boolean } {
  let shown = $state(false);
  $effect(() => {
    if (!wanted()) {
      shown = false;
      return;
    }
    const timer = setTimeout(() => (shown = true), QUIET_MS);
    return () => clearTimeout(timer);
  });
  return {
    get shown() {
      return shown && wanted();
    },
  };
}
