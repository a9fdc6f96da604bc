// Before a typed id makes a bank: whether one that is called nearly the same was meant. The dialog is
// `views/banks/SureBank.svelte`, mounted once.
import type { BankRow } from '$gen/BankRow';
import { read } from './commands.svelte';

interface Asking {
  serverId: string;
  typed: string;
  near: BankRow[];
  answer: (bankId: string | null) => void;
}

class SureBank {
  /** What is asked right now. */
  asking: Asking | null = $state.raw(null);

  /**
   * The bank that is meant by what was typed: itself when there is such a bank or none that is alike; else what the
   * person says, null when they go back. A server that cannot be asked is no reason to refuse.
   */
  async meant(serverId: string, typed: string): Promise<string | null> {
    const found = await read('bank.alike', { serverId, typed }).catch(() => null);
    if (found === null || found.exists || found.items.length === 0) return typed;
    this.asking?.answer(null);
    return new Promise((done) => {
      this.asking = {
        serverId,
        typed,
        near: found.items,
        answer: (bankId) => {
          this.asking = null;
          done(bankId);
        },
      };
    });
  }
}

export const sureBank = new SureBank();
