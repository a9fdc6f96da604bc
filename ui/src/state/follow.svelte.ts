// The banks that somebody follows and what came of it. Each is looked at every two seconds while it is on the page and the
// window is in sight, slower while it fails, and never otherwise. It is held in memory only: the texts are others'.
import { SvelteMap } from 'svelte/reactivity';
import type { Error as AppError } from '$gen/Error';
import { asError, host } from '$host';
import { NOTHING, fold, rows, settled, wait, type Following } from '$lib/follow';
import { openBank, type BankRef } from './bank.svelte';
import { onStale } from './commands.svelte';

/** Looks between two questions whether the log is kept. */
const ASK_KEPT = 8;

/** One bank that is followed. */
export class FollowedBank {
  following: Following = $state.raw(NOTHING);
  readonly rows = $derived(rows(this.following));
  /** Whether the bank keeps an audit log; null when that is not known. */
  kept: boolean | null = $state(null);
  keptError: AppError | null = $state.raw(null);
  /** Why the last look failed; null when it went well. */
  error: AppError | null = $state.raw(null);
  /** When the last look that went well was, by this computer; null before the first. */
  lookedAt: number | null = $state(null);
  failures = $state(0);
  #looks = 0;
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
        this.#looks = 0;
        this.now();
      }
    });
    return () => {
      unheard();
      this.#watchers -= 1;
      if (this.#watchers === 0) clearTimeout(this.#timer);
    };
  }

  /** Looks at once. */
  now() {
    clearTimeout(this.#timer);
    void this.#look();
  }

  async #look(): Promise<void> {
    if (this.#watchers === 0 || this.#asking) return;
    if (document.visibilityState === 'visible') {
      this.#asking = true;
      try {
        const askKept = this.#looks % ASK_KEPT === 0 || this.failures > 0;
        const found = await host.call('follow.look', {
          ...this.ref,
          newest: this.following.newest,
          known: settled(this.following),
          askKept,
        });
        this.following = fold(this.following, found);
        if (askKept) {
          this.kept = found.kept;
          this.keptError = found.keptError;
        }
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
