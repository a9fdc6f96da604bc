// Parts of the panel that are shown for a call of another client ask here which bank it asked; null in the panel of a turn
// of this app. What only that client knows is not known there, and never empty, 0 or failed.
import { getContext, setContext } from 'svelte';
import type { BankRef } from '$state/bank.svelte';

const KEY = Symbol('client');

/** Says that what is drawn below is of a call that a client made of this bank. Call it while a component is set up. */
export const ofClient = (bank: BankRef): void => {
  setContext(KEY, bank);
};

/** The bank that was asked. Call it while a component is set up. */
export const clientHere = (): BankRef | null => getContext<BankRef | undefined>(KEY) ?? null;

/** Said wherever only the client knows. */
export const NOT_KNOWN = 'not known: another client’s prompt';
