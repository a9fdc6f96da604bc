// Saved checks as the page keeps them: making one from a result, running them, telling how far that is.
// What they say is in lib/lab/checks.ts.
import { SvelteMap } from 'svelte/reactivity';
import type { Check } from '$gen/Check';
import type { CheckView } from '$gen/CheckView';
import type { Error as AppError } from '$gen/Error';
import type { Fact } from '$gen/Fact';
import type { Expectation } from '$gen/Expectation';
import type { RecallRequest } from '$gen/RecallRequest';
import { asError, host } from '$host';
import type { Stop } from '$host';
import { alike } from '$lib/lab/request';
import { toast } from '$lib/toast';
import { app } from './app.svelte';
import { mutate, read, stale } from './commands.svelte';
import type { Place } from './lab.svelte';

const LONGEST_QUERY = 500; // characters; servers refuse queries of several hundred tokens
const LONGEST_NAME = 80;

class LabChecks {
  /** How far a run is; null while none runs. */
  running: { done: number; of: number } | null = $state.raw(null);
  error: AppError | null = $state.raw(null);
  /** Results of the present run, before the list is asked again. */
  readonly fresh = new SvelteMap<string, CheckView>();
  /** The check that is edited; null while none is. */
  editing: Check | null = $state.raw(null);
  #stop: Stop | null = null;

  /** Runs these checks, or all. A run that goes on is stopped. */
  run(ids: string[] | null) {
    this.stop();
    this.fresh.clear();
    this.error = null;
    this.running = { done: 0, of: ids?.length ?? 0 };
    this.#stop = host.stream(
      'check.run',
      { ids },
      ({ done, of, view }) => {
        this.running = { done, of };
        if (view) this.fresh.set(view.check.id, view);
      },
      (failure) => {
        this.#stop = null;
        this.running = null;
        if (failure) this.error = failure.error;
        stale(['checks']);
      },
    );
  }

  /** Stops after the check that is being run. */
  stop() {
    this.#stop?.();
    this.#stop = null;
    if (this.running) stale(['checks']);
    this.running = null;
  }

  /**
   * Adds an expectation to the check of this bank and this request, making the check when there is none. Two clicks from a
   * result; the toast takes it back.
   */
  async expect(place: Place, request: RecallRequest, expectation: Expectation): Promise<void> {
    try {
      const { items } = await read('check.list', {});
      const known = items.find(
        ({ check }) =>
          check.serverId === place.serverId && check.bankId === place.bankId && alike(check.request, request),
      )?.check;
      if (known?.expect.some((one) => alike(one, expectation))) {
        app.announce('This check expects it already.');
        return;
      }
      const check: Check = known
        ? { ...known, expect: [...known.expect, expectation] }
        : { id: '', name: request.query, ...place, request, expect: [expectation] };
      const saved = await mutate('check.save', { check });
      toast.undo(known ? 'Added to the check.' : 'Saved as a check.', () => {
        void (known ? mutate('check.save', { check: known }) : mutate('check.delete', { id: saved.id }));
      });
    } catch (thrown) {
      toast.error(thrown);
    }
  }

  /**
   * The first check of a bank: a fact has to come back by its own words, with what the app sends. It is saved and run at
   * once; the toast takes it back.
   */
  async canary(place: Place, usual: RecallRequest | null, fact: Fact): Promise<void> {
    const { types, ...rest } = usual ?? { query: '' };
    const query = fact.text.slice(0, LONGEST_QUERY);
    // Kinds of facts that the app does not ask for would make it red from the start.
    const asked = types && (fact.factType === null || types.includes(fact.factType)) ? { types } : {};
    const check = await mutate('check.save', {
      check: {
        id: '',
        name: `Newest fact: ${fact.text}`.slice(0, LONGEST_NAME),
        ...place,
        request: { ...rest, ...asked, query },
        expect: [{ kind: 'fact', id: fact.id, text: fact.text, rank: null }],
      },
    });
    toast.undo('Saved as a check.', () => void mutate('check.delete', { id: check.id }));
    this.run([check.id]);
  }

  /** Keeps the check that is edited. Answers whether it was kept. */
  async save(check: Check): Promise<boolean> {
    this.error = null;
    try {
      await mutate('check.save', { check });
      this.editing = null;
      return true;
    } catch (thrown) {
      this.error = asError(thrown);
      return false;
    }
  }

  /** Deletes a check; the toast brings it back, without its results. */
  async remove(check: Check): Promise<void> {
    try {
      await mutate('check.delete', { id: check.id });
      toast.undo('Check deleted.', () => void mutate('check.save', { check }));
    } catch (thrown) {
      toast.error(thrown);
    }
  }
}

export const labChecks = new LabChecks();
