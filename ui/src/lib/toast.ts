// The two kinds of toast there are: one that offers to undo, and, rarely, an error that belongs to no place
// on the page. Everything else is said where it happened.
import { toast as sonner } from 'svelte-sonner';
import { asError } from '$host';

const LONG = 10_000; // long enough to read and to reach by keyboard

export const toast = {
  /** Says what was done and offers to take it back. Answers what withdraws the offer. */
  undo(text: string, undo: () => unknown): () => void {
    const id = sonner(text, { duration: LONG, action: { label: 'Undo', onClick: () => void undo() } });
    return () => sonner.dismiss(id);
  },

  /** Says that something failed which has no place of its own on the page. A stop by the person is no error. */
  error(thrown: unknown) {
    const error = asError(thrown);
    if (error.code === 'cancelled') return;
    sonner.error(error.message, { duration: LONG, ...(error.hint ? { description: error.hint } : {}) });
  },
};
