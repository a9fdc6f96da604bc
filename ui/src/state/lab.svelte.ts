// The recall lab: the bank it looks at, the calls it makes by hand, two recalls side by side, and why a fact is not there.
// Outlives the view, so that nothing typed is lost. Saved checks are in labChecks.svelte.ts; the views are in views/lab.
import type { Error as AppError } from '$gen/Error';
import type { LabDefaults } from '$gen/LabDefaults';
import type { RecallRequest } from '$gen/RecallRequest';
import type { WhyNot } from '$gen/WhyNot';
import { asError, host } from '$host';
import type { AnswerOf, RequestOf } from '$host';
import { alike, at, withValue } from '$lib/lab/request';
import { app } from './app.svelte';
import { mutate, read } from './commands.svelte';
import type { MemoryRef } from './selected.svelte';

/** The bank that is asked. */
export interface Place {
  serverId: string;
  bankId: string;
}

export type LabTab = 'recall' | 'reflect' | 'retain' | 'checks';
type CallName = 'lab.recall' | 'lab.reflect' | 'lab.retain' | 'lab.tryRetain';

/** One call by hand: its request beside the default, and what came of it. */
export class Call<N extends CallName> {
  /** What is sent; null until the defaults are known. */
  request: RequestOf<N>['request'] | null = $state.raw(null);
  /** What the app would send. */
  usual: RequestOf<N>['request'] | null = $state.raw(null);
  /** The last answer; it stays while the next one is asked for. */
  answer: AnswerOf<N> | null = $state.raw(null);
  error: AppError | null = $state.raw(null);
  /** When the running call began, in milliseconds of this page's clock; null while none runs. */
  started: number | null = $state(null);
  #run: string | null = null;

  constructor(readonly name: N) {}

  /** The value of a field by its path. */
  get(path: string): unknown {
    return at(this.request, path);
  }

  /** Sets a field; undefined takes it out. */
  set(path: string, value: unknown) {
    if (this.request !== null) this.request = withValue(this.request, path, value);
  }

  /** Whether a field differs from what the app would send. */
  differs(path: string): boolean {
    return !alike(at(this.request, path), at(this.usual, path));
  }

  /** Back to what the app would send. */
  reset(path: string) {
    this.set(path, at(this.usual, path));
  }

  /** Asks. An older call's answer is dropped. Answers whether this one came through. */
  async go(place: Place): Promise<boolean> {
    if (this.request === null) return false;
    this.cancel();
    const run = crypto.randomUUID();
    this.#run = run;
    this.started = performance.now();
    this.error = null;
    const asked = { ...place, request: this.request, run } as unknown as RequestOf<N>;
    try {
      const answer = await (this.name === 'lab.retain'
        ? mutate('lab.retain', asked as RequestOf<'lab.retain'>)
        : host.call(this.name as 'lab.recall', asked as RequestOf<'lab.recall'>));
      if (this.#run !== run) return false;
      this.answer = answer as AnswerOf<N>;
      return true;
    } catch (thrown) {
      if (this.#run === run) this.error = asError(thrown);
      return false;
    } finally {
      if (this.#run === run) this.#end();
    }
  }

  /** Stops waiting and drops what was answered. */
  forget() {
    this.cancel();
    this.answer = null;
    this.error = null;
  }

  /** Stops waiting and closes the connection. */
  cancel() {
    const run = this.#run;
    this.#end();
    if (run !== null) void mutate('lab.cancel', { run }).catch(() => undefined);
  }

  #end() {
    this.#run = null;
    this.started = null;
  }
}

/** The fact that is looked for. */
export interface Sought {
  id: string | null;
  text: string;
  bankId: string | null;
}

class Lab {
  place: Place | null = $state.raw(null);
  tab: LabTab = $state('recall');
  /** What the app would send; null until it is known. */
  defaults: LabDefaults | null = $state.raw(null);
  defaultsError: AppError | null = $state.raw(null);

  readonly a = new Call('lab.recall');
  readonly b = new Call('lab.recall');
  readonly reflect = new Call('lab.reflect');
  readonly retain = new Call('lab.retain');
  /** A dry run of the retain. */
  readonly trial = new Call('lab.tryRetain');
  /** Whether B stands beside A. */
  comparing = $state(false);
  /** Which of the two is edited and drawn. */
  side: 'a' | 'b' = $state('a');

  /** The fact that is looked for; null while none is. */
  sought: Sought | null = $state.raw(null);
  why: WhyNot | null = $state.raw(null);
  whyError: AppError | null = $state.raw(null);
  whyRunning = $state(false);
  #why: string | null = null;

  /** The recall that is edited. */
  get shown(): Call<'lab.recall'> {
    return this.comparing && this.side === 'b' ? this.b : this.a;
  }

  /** Looks at a bank: asks what the app would send there. What was typed as a query stays. */
  async look(place: Place): Promise<void> {
    const same = this.place?.serverId === place.serverId && this.place.bankId === place.bankId;
    if (same && this.defaults !== null) return;
    this.place = place;
    if (!same) this.forget();
    this.defaultsError = null;
    try {
      const chatId = app.chatId;
      const defaults = await read('lab.defaults', { ...place, chatId });
      if (this.place !== place) return;
      this.defaults = defaults;
      this.#begin(this.a, defaults.recall, 'query');
      this.#begin(this.b, defaults.recall, 'query');
      this.#begin(this.reflect, defaults.reflect, 'query');
      this.#begin(this.retain, defaults.retain, 'items.0.content');
    } catch (thrown) {
      if (this.place === place) this.defaultsError = asError(thrown);
    }
  }

  #begin<N extends CallName>(call: Call<N>, usual: RequestOf<N>['request'], kept: string) {
    const typed = at(call.request, kept);
    call.usual = usual;
    call.request = typeof typed === 'string' && typed !== '' ? withValue(usual, kept, typed) : usual;
  }

  /** What was answered belongs to the bank that was asked. */
  forget() {
    for (const call of [this.a, this.b, this.reflect, this.retain, this.trial]) call.forget();
    this.defaults = null;
    this.clearWhy();
  }

  /** Puts a second recall beside the first, with the same request. */
  compare(on: boolean) {
    this.comparing = on;
    this.side = on ? 'b' : 'a';
    if (on && this.a.request !== null) {
      this.b.usual = this.a.usual;
      this.b.request = this.a.request;
      this.b.answer = this.a.answer;
      this.b.error = null;
    }
  }

  /** Recalls: both at the same time when two stand side by side. */
  async recall(): Promise<void> {
    if (this.place === null) return;
    await Promise.all(
      (this.comparing ? [this.a, this.b] : [this.a]).map((call) => call.go(this.place as Place)),
    );
  }

  /** Opens the lab with a recall that was made before, as the audit log keeps it, and asks it again. */
  async again(place: Place, request: RecallRequest): Promise<void> {
    app.openLab();
    this.tab = 'recall';
    this.compare(false);
    this.clearWhy();
    await this.look(place);
    if (this.defaults === null) return;
    this.a.request = request;
    await this.recall();
  }

  /** Opens the lab with a fact that is missed. From the pane of a memory: `lab.askWhyNot({serverId, bankId, id, text})`. */
  async askWhyNot(memory: MemoryRef & { text?: string }): Promise<void> {
    app.openLab();
    this.tab = 'recall';
    this.clearWhy();
    this.sought = { id: memory.id, text: memory.text ?? '', bankId: memory.bankId };
    await this.look(this.place ?? { serverId: memory.serverId, bankId: memory.bankId });
    if (this.place?.serverId !== memory.serverId) {
      await this.look({ serverId: memory.serverId, bankId: memory.bankId });
      this.sought = { id: memory.id, text: memory.text ?? '', bankId: memory.bankId };
    }
    if (this.shown.get('query')) await this.explain();
  }

  /** Looks for the fact: which gate stopped it in the recall that is shown. */
  async explain(): Promise<void> {
    const { place, sought } = this;
    const request = this.shown.request;
    if (place === null || sought === null || request === null) return;
    const run = crypto.randomUUID();
    this.#why = run;
    this.whyRunning = true;
    this.whyError = null;
    const cap = this.defaults?.maxMemories;
    try {
      const why = await host.call('lab.whyNot', {
        ...place,
        request,
        expected: { id: sought.id, text: sought.text || null, bankId: sought.bankId },
        maxMemories: cap?.kind === 'at' ? cap.n : null,
        run,
      });
      if (this.#why === run) this.why = why;
    } catch (thrown) {
      if (this.#why === run) this.whyError = asError(thrown);
    } finally {
      if (this.#why === run) this.whyRunning = false;
    }
  }

  /** Stops looking and forgets the fact. */
  clearWhy() {
    if (this.#why !== null && this.whyRunning) {
      void mutate('lab.cancel', { run: this.#why }).catch(() => undefined);
    }
    this.#why = null;
    this.sought = null;
    this.why = null;
    this.whyError = null;
    this.whyRunning = false;
  }

  /** Takes a changed request over and recalls with it. */
  async apply(request: RecallRequest, bankId: string): Promise<void> {
    if (this.place !== null && bankId !== this.place.bankId) {
      const sought = this.sought;
      await this.look({ serverId: this.place.serverId, bankId });
      this.sought = sought;
    }
    if (this.place === null) return;
    const call = this.shown;
    call.request = request;
    await call.go(this.place);
    if (this.sought !== null) await this.explain();
  }
}

export const lab = new Lab();
