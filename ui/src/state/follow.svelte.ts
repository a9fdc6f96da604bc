// The banks that somebody follows and what came of it. Each is looked at every two seconds while it is on the page and the
// window is in sight, slower while it fails, and never otherwise. It is held in memory only: the texts are others'.
import { SvelteMap } from 'svelte/reactivity';
import type { BankLook } from '$gen/BankLook';
import type { Error as AppError } from '$gen/Error';
import type { FollowedCall } from '$gen/FollowedCall';
import { asError, host } from '$host';
import { NOTHING, fold, rows, settled, take, wait, type Following } from '$lib/follow';
import { NO_MODELS, causes, foldModels, runsOf, type FollowedModels } from '$lib/followModels';
import { openBank, type BankRef } from './bank.svelte';
import { onStale } from './commands.svelte';

/** Looks between two questions whether the log is kept. */
const ASK_KEPT = 8;

/** One bank that is followed. */
export class FollowedBank {
  following: Following = $state.raw(NOTHING);
  readonly rows = $derived(rows(this.following));
  models: FollowedModels = $state.raw(NO_MODELS);
  readonly runs = $derived(runsOf(this.models));
  /** Which row caused which run. */
  readonly causes = $derived(causes(this.runs, this.rows));
  /** Why the server offers no log of model calls now; null when it does, or nobody asked yet. */
  modelsOff: string | null = $state(null);
  /** Why that log could not be read the last time; null when it could. */
  modelsError: AppError | null = $state.raw(null);
  modelsFailures = $state(0);
  #modelsDue = 0;
  /** Whether the bank keeps an audit log; null when that is not known. */
  kept: boolean | null = $state(null);
  keptError: AppError | null = $state.raw(null);
  /** Why the last look failed; null when it went well. */
  error: AppError | null = $state.raw(null);
  /** When the last look that went well was, by this computer; null before the first. */
  lookedAt: number | null = $state(null);
  failures = $state(0);
  #looks = 0;
  /** The switch was turned since it was asked for. */
  #unsure = false;
  #watchers = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;

  constructor(readonly ref: BankRef) {}

  /** Follows until stopped. Several parts of the page may: the bank is looked at once. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) void this.#look();
    const unheard = onStale((tags) => {
      if (tags.has('bankConfig')) {
        this.#unsure = true;
        this.now();
      }
    });
    return () => {
      unheard();
      this.#watchers -= 1;
      if (this.#watchers === 0) clearTimeout(this.#timer);
    };
  }

  /** Takes in an entry that was read by itself, because somebody opened it. */
  take(call: FollowedCall) {
    this.following = take(this.following, call);
  }

  /** Looks at once. */
  now() {
    this.#modelsDue = 0;
    clearTimeout(this.#timer);
    void this.#look();
  }

  /** The log of model calls fails by itself: it is left out for as long as a failing bank is, and the rest goes on. */
  #takeModels({ models, modelsOff, modelsError }: BankLook) {
    if (models) this.models = foldModels(this.models, models);
    if (models || modelsOff !== null) {
      this.modelsError = null;
      this.modelsFailures = 0;
      this.modelsOff = modelsOff;
    } else if (modelsError) {
      this.modelsError = modelsError;
      this.modelsFailures += 1;
      this.modelsOff = null;
      this.#modelsDue = Date.now() + wait(this.modelsFailures);
    }
  }

  async #look(): Promise<void> {
    if (this.#watchers === 0 || this.#asking) return;
    if (document.visibilityState === 'visible') {
      this.#asking = true;
      try {
        const askKept = this.#unsure || this.#looks % ASK_KEPT === 0 || this.failures > 0;
        this.#unsure = false;
        const found = await host.call('follow.look', {
          ...this.ref,
          newest: this.following.newest,
          known: settled(this.following),
          askKept,
          models: Date.now() >= this.#modelsDue ? this.models.mark : null,
        });
        this.following = fold(this.following, found);
        if (askKept) {
          this.kept = found.kept;
          this.keptError = found.keptError;
        }
        this.#takeModels(found);
        this.error = null;
        this.failures = 0;
        this.lookedAt = Date.now();
        this.#looks += 1;
      } catch (thrown) {
        this.error = asError(thrown);
        this.failures += 1;
      } finally {
        this.#asking = false;
      }
    }
    clearTimeout(this.#timer);
    if (this.#watchers > 0) this.#timer = setTimeout(() => void this.#look(), wait(this.failures));
  }
}

const key = ({ serverId, bankId }: BankRef) => `${serverId}\n${bankId}`;

class Follow {
  readonly #banks = new Map<string, FollowedBank>();
  /** Banks that are shown beside the one whose page is open. */
  readonly beside = new SvelteMap<string, FollowedBank>();

  /** The bank, with what is known of it since the app began. */
  bank(ref: BankRef): FollowedBank {
    const known = this.#banks.get(key(ref));
    if (known) return known;
    const made = new FollowedBank({ serverId: ref.serverId, bankId: ref.bankId });
    this.#banks.set(key(ref), made);
    return made;
  }

  /** Follows a bank beside the one that is open. */
  add(ref: BankRef) {
    this.beside.set(key(ref), this.bank(ref));
  }

  remove(ref: BankRef) {
    this.beside.delete(key(ref));
  }

  /** Opens the place where a bank is followed, from anywhere. */
  open(ref: BankRef) {
    openBank.show(ref, 'live');
  }
}

export const follow = new Follow();
