// Which bank the Banks view has open, and which of its sections. The list comes from `server.banks`, the sections from
// `views/banks/sections.ts`; other views open a bank with `openBank.show`.
import { app } from './app.svelte';

export interface BankRef {
  serverId: string;
  bankId: string;
}

class OpenBank {
  /** The open bank; null shows the list. */
  ref: BankRef | null = $state.raw(null);
  /** The id of the open section. It stays while one goes from bank to bank. */
  section = $state('overview');

  /** Opens a bank, and a section of it when one is named, from anywhere. */
  show(ref: BankRef, section?: string) {
    this.ref = ref;
    if (section !== undefined) this.section = section;
    app.openBanks();
  }

  /** Back to the list. */
  close() {
    this.ref = null;
  }
}

export const openBank = new OpenBank();
