// Changing one memory where it is shown: edit with a draft, invalidate, restore, take the last change back. Everything
// goes through the journal (`memory.change`), so everything has an undo. The detail pane and the cards of injected
// memories each hold one; drafts are kept here until they are saved or discarded, whatever is shown in between.
import { SvelteMap } from 'svelte/reactivity';
import type { Error as AppError } from '$gen/Error';
import type { Fact } from '$gen/Fact';
import type { FactChanged } from '$gen/FactChanged';
import type { MemoryPatch } from '$gen/MemoryPatch';
import type { RunView } from '$gen/RunView';
import { asError } from '$host';
import { draftOf, labelOf, lastStanding, notTaken, patchBack, patchOf } from '$lib/memoryDetail';
import type { Draft, Wrong } from '$lib/memoryDetail';
import { toast } from '$lib/toast';
import { app } from './app.svelte';
import { otherAction } from './bulk.svelte';
import { mutate } from './commands.svelte';
import { keyOf } from './memories.svelte';
import type { MemoryRef } from './selected.svelte';

const drafts = new SvelteMap<string, Draft>();

/** A run that left the fact alone because somebody else had changed it since. */
export interface Conflict {
  run: RunView;
}

export class MemoryEdit {
  /** The form is open. */
  editing = $state(false);
  /** The form is to open as soon as the memory is here. */
  wanted = $state(false);
  /** A change is on its way. */
  busy = $state(false);
  /** Why the last change did not come to be. */
  error: AppError | null = $state.raw(null);
  /** Somebody else changed the fact since; taking it back anyway is offered. */
  conflict: Conflict | null = $state.raw(null);
  /** Fields of the last edit that the server kept as they were: an older one does not know them. */
  ignored: readonly string[] = $state.raw([]);
  /** What is wrong with the draft, once saving was tried. */
  wrong: Wrong = $state.raw({});
  readonly #ref: () => MemoryRef;

  constructor(ref: () => MemoryRef) {
    this.#ref = ref;
  }

  get #key() {
    return keyOf(this.#ref());
  }

  /** What was typed and not saved; null when there is nothing. */
  get draft(): Draft | null {
    return drafts.get(this.#key) ?? null;
  }

  /** Opens the form, with the draft that was left if there is one. */
  begin(fact: Fact) {
    if (!drafts.has(this.#key)) drafts.set(this.#key, draftOf(fact));
    this.wrong = {};
    this.wanted = false;
    this.editing = true;
  }

  /** Notes what is typed. */
  type(change: Partial<Draft>) {
    const { draft } = this;
    if (draft) drafts.set(this.#key, { ...draft, ...change });
    this.wrong = {};
  }

  /** Closes the form. A draft that changes nothing goes, another stays until it is saved or discarded. */
  leave(fact: Fact) {
    this.editing = false;
    this.error = null;
    if (!this.isDirty(fact)) drafts.delete(this.#key);
  }

  discard() {
    drafts.delete(this.#key);
    this.editing = false;
    this.error = null;
    this.wrong = {};
  }

  /** Whether there is a draft that would change something. */
  isDirty(fact: Fact): boolean {
    const { draft } = this;
    if (!draft) return false;
    const { patch, wrong } = patchOf(fact, draft);
    return Object.keys(patch).length > 0 || Object.keys(wrong).length > 0;
  }

  /** Saves the draft; answers whether the form can close. */
  async save(fact: Fact): Promise<boolean> {
    const { draft } = this;
    if (!draft || this.busy) return false;
    const { patch, wrong } = patchOf(fact, draft);
    this.wrong = wrong;
    if (Object.keys(wrong).length > 0) return false;
    if (Object.keys(patch).length > 0 && !(await this.#change(labelOf(patch), patch, 'Memory changed.')))
      return false;
    this.discard();
    return true;
  }

  /** Takes the memory out of recall; it is kept and can be restored. */
  invalidate(reason: string) {
    const words = reason.trim();
    const label = words === '' ? 'Invalidate 1 fact' : `Invalidate 1 fact: ${words}`;
    const patch: MemoryPatch = { state: 'invalidated', reason: words };
    return this.#change(label, patch, 'Memory invalidated.');
  }

  restore() {
    return this.#change('Restore 1 fact', { state: 'valid' }, 'Memory restored.');
  }

  /** Takes back the last change of this memory that still stands. In a bulk run only this memory goes back. */
  async undo(changes: readonly FactChanged[]): Promise<boolean> {
    const last = lastStanding(changes);
    if (!last) return false;
    if (last.run.total === 1) return this.takeBack(last.run.id);
    const patch = patchBack(last.change);
    return (
      patch !== null && this.#change(`Take back for 1 fact: ${last.run.label}`, patch, 'Change taken back.')
    );
  }

  /** Takes a run back. Without `anyway`, a fact that somebody else changed since is left alone. */
  takeBack(id: string, anyway = false): Promise<boolean> {
    return this.#try(async () => {
      const run = await mutate('run.undo', { id, anyway });
      this.conflict = run.conflicts > 0 ? { run } : null;
      if (run.conflicts > 0) return false;
      app.announce('Change taken back.');
      return true;
    });
  }

  #change(label: string, patch: MemoryPatch, said: string): Promise<boolean> {
    const { serverId, bankId, id } = this.#ref();
    return this.#try(async () => {
      const run = await mutate('memory.change', { serverId, bankId, label, changes: [{ id, patch }] });
      this.conflict = null;
      const now = run.facts.find((fact) => fact.id === id);
      this.ignored = now ? notTaken(now, patch) : [];
      app.announce(said);
      otherAction();
      toast.undo(said, () => this.takeBack(run.id));
      return true;
    });
  }

  async #try(work: () => Promise<boolean>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      return await work();
    } catch (thrown) {
      this.error = asError(thrown);
      app.announce(this.error.message, 'assertive');
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** Forgets all drafts; for tests. */
export function forgetDrafts() {
  drafts.clear();
}
