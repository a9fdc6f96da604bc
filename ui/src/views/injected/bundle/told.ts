// Parts of the panel that are shown for a turn from a file ask here what the file's check says of a request; null in the
// panel of a turn of this app.
import { getContext, setContext } from 'svelte';
import type { OpenedBundle } from '$gen/OpenedBundle';

const KEY = Symbol('bundle');

/** Says that what is drawn below is from this bundle. Call it while a component is set up. */
export const fromBundle = (bundle: OpenedBundle): void => {
  setContext(KEY, bundle);
};

/** The bundle that this part is drawn from. Call it while a component is set up. */
export const bundleHere = (): OpenedBundle | null => getContext<OpenedBundle | undefined>(KEY) ?? null;
