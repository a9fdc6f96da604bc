// The ways from a bank to the other places of the window.
import { app } from '$state/app.svelte';
import type { BankRef } from '$state/bank.svelte';
import { memories } from '$state/memories.svelte';

/** Opens the fact browser on a bank. */
export function openMemoriesOn(bank: BankRef) {
  memories.open(bank);
}

/** Opens the recall lab on a bank. */
export function openLabOn(bank: BankRef) {
  memories.look(bank);
  app.openLab();
}
