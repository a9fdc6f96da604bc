// What is being done to the selected facts: the open action, what it would do, and its runs. The bulk bar shows it.
// Every change is a run of the journal, one for each bank; those of one action belong together and have one undo, on the
// toast and by `u`.
import type { ChangePreview } from '$gen/ChangePreview';
import type { Error as AppError } from '$gen/Error';
import type { FactEdit } from '$gen/FactEdit';
import type { RunView } from '$gen/RunView';
import { asError, host } from '$host';
import { BLANK, editOf, groupsOf, labelOf } from '$lib/bulk';
import type { BulkAction, BulkInput, Group } from '$lib/bulk';
import { count } from '$lib/format';
import { toast } from '$lib/toast';
import { app } from './app.svelte';
import { mutate } from './commands.svelte';
import { memories } from './memories.svelte';

const nothing = (): ChangePreview => ({
  facts: 0,
  changes: 0,
  unchanged: 0,
  cannot: [],
  rebuilt: 0,
  observations: [],
  scanned: 0,
});

class Bulk {
  /** The open action with what is filled in; null while none is open. */
  input: BulkInput | null = $state(null);
  /** What it would do; null while that is being found out. */
  preview: ChangePreview | null = $state.raw(null);
  error: AppError | null = $state.raw(null);
  applying = $state(false);
  #asked = 0;

  get edit(): FactEdit | null {
    return this.input && editOf(this.input);
  }

  open(action: BulkAction) {
    this.input = { ...BLANK, action };
    this.error = null;
  }

  close() {
    this.input = null;
    this.preview = null;
    this.error = null;
    this.#asked += 1;
  }

  /** Finds out what an edit would do to these facts. A later question wins. */
  async look(groups: Group[], edit: FactEdit) {
    const asked = ++this.#asked;
    this.preview = null;
    this.error = null;
    const sum = nothing();
    try {
      for (const { serverId, bankId, which } of groups) {
        const one = await host.call('review.preview', { serverId, bankId, edit, ...which });
        if (asked !== this.#asked) return;
        sum.facts += one.facts;
        sum.changes += one.changes;
        sum.unchanged += one.unchanged;
        sum.rebuilt += one.rebuilt;
        sum.scanned += one.scanned;
        sum.observations.push(...one.observations);
        for (const cannot of one.cannot) {
          const same = sum.cannot.find(({ why }) => why === cannot.why);
          if (same) same.count += cannot.count;
          else sum.cannot.push({ ...cannot });
        }
      }
      this.preview = sum;
    } catch (thrown) {
      if (asked === this.#asked) this.error = asError(thrown);
    }
  }

  /** Does it: one run for each bank. The selection ends, the toast takes all of it back. */
  async apply() {
    const { input, edit } = this;
    if (!input || !edit || this.applying) return;
    this.applying = true;
    this.error = null;
    const runs: RunView[] = [];
    const groups = groupsOf(memories.selection);
    // What is not going to change is not counted, where that is known.
    const known = groups.length === 1 ? this.preview?.changes : undefined;
    try {
      for (const { serverId, bankId, count: facts, which } of groups) {
        runs.push(
          await mutate('memory.edit', {
            serverId,
            bankId,
            label: labelOf(input, known || facts),
            edit,
            ...(runs[0] ? { together: runs[0].id } : {}),
            ...which,
          }),
        );
      }
      memories.clearSelection();
      this.close();
    } catch (thrown) {
      this.error = asError(thrown);
    } finally {
      this.applying = false;
      if (runs.length > 0) offerUndo(runs);
    }
  }
}

/** The runs of the last action, until they are taken back. */
let last: readonly RunView[] = [];
let withdraw: () => void = () => undefined;

/** Says what was begun and takes it back when asked, on the toast or by `u`. */
export function offerUndo(runs: readonly RunView[], said?: string) {
  const [first] = runs;
  if (!first) return;
  last = runs;
  const label = said ?? first.label;
  const text = runs.length > 1 ? `${label}, and in ${count(runs.length - 1, 'more bank')}` : label;
  app.announce(text);
  withdraw = toast.undo(text, () => takeBack(runs));
}

/** A run was taken back where it is listed: nobody offers that any more. */
export function takenBack(id: string) {
  if (!last.some((run) => run.id === id)) return;
  last = [];
  withdraw();
}

/** Another action, which has an undo of its own, is the last one now: `u` is not to take back what came before it. */
export function otherAction() {
  last = [];
}

/** Takes the last action back; false when there is none. */
export function undoLast(): boolean {
  if (last.length === 0) return false;
  void takeBack(last);
  return true;
}

async function takeBack(runs: readonly RunView[]) {
  const [first] = runs;
  if (!first) return;
  takenBack(first.id);
  try {
    const taken = (await mutate('run.undoTogether', { id: first.id })).runs;
    app.announce(taken.length > 1 ? `Taken back in ${count(taken.length, 'bank')}.` : 'Taken back.');
    const conflicts = taken.reduce((sum, run) => sum + run.conflicts, 0);
    if (conflicts > 0) {
      const message = `${count(conflicts, 'fact')} ${conflicts === 1 ? 'was' : 'were'} changed since and left alone.`;
      const hint = 'The list of changes says which, and can take them back anyway.';
      toast.error({ code: 'conflict', message, hint, retryable: false } satisfies AppError);
    }
  } catch (thrown) {
    toast.error(thrown);
  }
}

export const bulk = new Bulk();
