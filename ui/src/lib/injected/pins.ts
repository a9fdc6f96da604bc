// What a turn says of a pinned memory that it did not find. Pure.
import type { PinFound } from '$gen/PinFound';

/** As half a sentence. */
export function pinWords(found: PinFound): string {
  switch (found.kind) {
    case 'there':
      return 'it was there';
    case 'other_bank':
      return `it belongs to the bank ${found.bank_id}, and the turn used another`;
    case 'invalidated':
      return found.reason ? `it is invalidated: ${found.reason}` : 'it is invalidated';
    case 'gone':
      return 'its bank does not hold it any more';
    case 'failed':
      return `it could not be fetched: ${found.error.message}`;
  }
}
