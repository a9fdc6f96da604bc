// The checks of one bank and how far a person is in working through them. It outlives the tab, so that a look elsewhere
// loses nothing; another bank begins anew. Decisions on pairs are collected and applied as one run with one undo: until
// then no fact is changed, and `u` takes back the last of them. That both facts of a pair are wanted changes no fact, so
// it is remembered at once, for the checks to come.
import type { Error as AppError } from '$gen/Error';
import type { FindEvent } from '$gen/FindEvent';
import type { Finding } from '$gen/Finding';
import type { FindingCount } from '$gen/FindingCount';
import type { FindingKind } from '$gen/FindingKind';
import type { FoundFact } from '$gen/FoundFact';
import { asError, host } from '$host';
import { count } from '$lib/format';
import type { Bank } from '$lib/memoryFilter';
import { KINDS, changesOf, pairOf, retired, wordsOf } from '$lib/review';
import type { Choice, Decision, Pair } from '$lib/review';
import { app } from './app.svelte';
import { offerUndo } from './bulk.svelte';
import { mutate } from './commands.svelte';

type Status = 'idle' | 'reading' | 'comparing' | 'done' | 'failed';

class Review {
  bank: Bank | null = $state.raw(null);
  status: Status = $state('idle');
  seen = $state(0);
  total: number | null = $state(null);
  findings: readonly Finding[] = $state.raw([]);
  counts: readonly FindingCount[] = $state.raw([]);
  /** Pairs that were not compared. */
  uncompared = $state(0);
  /** Pairs that this check left out because both facts are wanted. */
  kept = $state(0);
  error: AppError | null = $state.raw(null);
  /** The kind that is open. */
  kind: FindingKind = $state('near_duplicate');
  decisions: Partial<Record<FindingKind, readonly Decision[]>> = $state.raw({});
  /** Kinds of which pairs were worked through, so that an empty queue says so. */
  worked: readonly FindingKind[] = $state.raw([]);
  applying = $state(false);
  applyError: AppError | null = $state.raw(null);
  #stop: (() => void) | null = null;

  get busy(): boolean {
    return this.status === 'reading' || this.status === 'comparing';
  }

  of(kind: FindingKind): Finding[] {
    return this.findings.filter((finding) => finding.kind === kind);
  }

  /** How many of a kind there are: those that are here while it goes on, then as they were counted. */
  totalOf(kind: FindingKind): number {
    return this.counts.find((one) => one.kind === kind)?.total ?? this.of(kind).length;
  }

  /** Begins anew with a bank. */
  start(bank: Bank) {
    this.#stop?.();
    this.bank = bank;
    this.status = 'reading';
    this.seen = 0;
    this.total = null;
    this.findings = [];
    this.counts = [];
    this.uncompared = 0;
    this.kept = 0;
    this.error = null;
    this.applyError = null;
    this.decisions = {};
    this.worked = [];
    this.#stop = host.stream(
      'review.find',
      { ...bank, kinds: [] },
      (event) => this.#hear(event),
      (failure) => {
        this.#stop = null;
        if (failure) {
          this.error = failure.error;
          this.status = 'failed';
        } else if (this.status !== 'done') this.status = 'idle';
      },
    );
  }

  stop() {
    this.#stop?.();
    this.#stop = null;
    if (this.busy) this.status = 'idle';
  }

  #hear(event: FindEvent) {
    if (event.kind === 'reading') {
      this.seen = event.seen;
      this.total = event.total;
    } else if (event.kind === 'comparing') {
      this.status = 'comparing';
    } else if (event.kind === 'found') {
      this.findings = [...this.findings, ...event.findings];
    } else {
      this.counts = event.counts;
      this.uncompared = event.uncompared;
      this.kept = event.kept;
      this.status = 'done';
      const first = KINDS.find(({ kind }) => this.totalOf(kind) > 0);
      if (first && this.totalOf(this.kind) === 0) this.kind = first.kind;
      app.announce(
        `The checks are done: ${count(
          event.counts.reduce((sum, one) => sum + one.total, 0),
          'finding',
        )}.`,
      );
    }
  }

  /** The pairs of a kind. */
  pairs(kind: FindingKind): Pair[] {
    return this.of(kind).flatMap((finding) => pairOf(finding) ?? []);
  }

  decided(kind: FindingKind): readonly Decision[] {
    return this.decisions[kind] ?? [];
  }

  decide(kind: FindingKind, at: number, choice: Choice) {
    this.decisions = { ...this.decisions, [kind]: [...this.decided(kind), { at, choice }] };
    if (choice === 'both') void this.#remember(kind, at);
  }

  /** Takes the last decision back; a pair that was kept is not kept any more. */
  takeBack(kind: FindingKind) {
    const last = this.decided(kind).at(-1);
    this.decisions = { ...this.decisions, [kind]: this.decided(kind).slice(0, -1) };
    const pair = last?.choice === 'both' ? this.pairs(kind)[last.at] : undefined;
    if (pair && this.bank) void this.#store('review.forgetPairs', this.bank, pair);
  }

  /** Keeps both facts of a pair for the checks to come. When that fails the pair is undecided again, with the reason. */
  async #remember(kind: FindingKind, at: number) {
    const { bank } = this;
    const pair = this.pairs(kind)[at];
    if (!bank || !pair) return;
    this.applyError = null;
    if (await this.#store('review.keepPair', bank, pair)) return;
    if (this.bank !== bank) return;
    this.decisions = { ...this.decisions, [kind]: this.decided(kind).filter((one) => one.at !== at) };
  }

  // One after the other: a pair that is kept and taken back at once must not be kept in the end.
  #storing: Promise<unknown> = Promise.resolve();

  #store(
    name: 'review.keepPair' | 'review.forgetPairs',
    bank: Bank,
    { left, right }: Pair,
  ): Promise<boolean> {
    const seen = ({ id, text, cut }: FoundFact) => ({ id, text, cut });
    const stored = this.#storing.then(async () => {
      try {
        if (name === 'review.keepPair') await mutate(name, { ...bank, one: seen(left), other: seen(right) });
        else await mutate(name, { ...bank, pairs: [[left.id, right.id]] });
        return true;
      } catch (thrown) {
        this.applyError = asError(thrown);
        return false;
      }
    });
    this.#storing = stored;
    return stored;
  }

  /** Skipped pairs come up again. */
  again(kind: FindingKind) {
    this.decisions = {
      ...this.decisions,
      [kind]: this.decided(kind).filter(({ choice }) => choice !== 'skip'),
    };
  }

  /** Does what was decided, as one run; the facts that it retires leave the findings. */
  async apply(kind: FindingKind) {
    const { bank } = this;
    const pairs = this.pairs(kind);
    const changes = changesOf(pairs, this.decided(kind));
    if (!bank || this.applying || changes.length === 0) return;
    this.applying = true;
    this.applyError = null;
    const label = `${wordsOf(kind).label}: invalidate ${count(changes.length, 'fact')}`;
    try {
      const run = await mutate('memory.change', { ...bank, label, changes });
      const gone = retired(pairs, this.decided(kind));
      const kept = new Set(
        this.decided(kind)
          .filter(({ choice }) => choice === 'both')
          .map(({ at }) => pairs[at]),
      );
      const keep = (finding: Finding) => {
        if (finding.facts.some(({ id }) => gone.has(id))) return false;
        const [left, right] = finding.facts;
        return ![...kept].some(
          (pair) => finding.kind === kind && pair?.left === left && pair?.right === right,
        );
      };
      const before = this.findings;
      this.findings = before.filter(keep);
      this.counts = this.counts.map((one) => {
        const less =
          before.filter(({ kind }) => kind === one.kind).length -
          this.findings.filter(({ kind }) => kind === one.kind).length;
        return { ...one, total: one.total - less, shown: one.shown - less };
      });
      this.decisions = { ...this.decisions, [kind]: [] };
      this.worked = [...this.worked, kind];
      offerUndo([run]);
    } catch (thrown) {
      this.applyError = asError(thrown);
    } finally {
      this.applying = false;
    }
  }
}

export const review = new Review();
