// The one call of a model that Banks > Model calls is asked to show, from anywhere: `callsOf.show(bank, call)`. It stays until
// the person wants all of them again.
import { openBank, type BankRef } from './bank.svelte';

/** A call, and the run it belongs to when the server says which. */
export interface CallRef {
  id: string;
  traceId: string | null;
  startedAt: string | null;
}

class CallsOf {
  #wanted: (BankRef & { call: CallRef }) | null = $state.raw(null);

  show({ serverId, bankId }: BankRef, { id, traceId, startedAt }: CallRef) {
    this.#wanted = { serverId, bankId, call: { id, traceId, startedAt } };
    openBank.show({ serverId, bankId }, 'calls');
  }

  /** The call that is asked for in this bank; null when all are. */
  of(serverId: string, bankId: string): CallRef | null {
    const wanted = this.#wanted;
    return wanted?.serverId === serverId && wanted.bankId === bankId ? wanted.call : null;
  }

  all() {
    this.#wanted = null;
  }
}

export const callsOf = new CallsOf();
