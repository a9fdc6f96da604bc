// Setting up memory servers, the settings of banks, and profiles: one class per form. Lists come from
// `server.list`, `server.banks` and `profile.list`. A key is held here only until it is saved.
import type { Error as AppError } from '$gen/Error';
import type { Profile } from '$gen/Profile';
import type { ServerCheck } from '$gen/ServerCheck';
import type { ServerConfig } from '$gen/ServerConfig';
import type { ServerView } from '$gen/ServerView';
import type { TurnSettings } from '$gen/TurnSettings';
import { asError, host } from '$host';
import { bankIdFault, bankPreview } from '$lib/bank';
import { same } from '$lib/same';
import { freshId, outcomeOfKey, type KeyOutcome } from '$lib/setup';
import { mutate } from './commands.svelte';
import { plain } from './plain.svelte';

/** Where a new server's form begins. */
export interface ServerStart {
  name: string;
  baseUrl: string;
}

/** A server of one's own, where `hindsight-api` listens unless told otherwise. */
export const OWN_SERVER: ServerStart = { name: 'Hindsight', baseUrl: 'http://127.0.0.1:8888' };
/** Hindsight Cloud. */
export const CLOUD: ServerStart = { name: 'Hindsight Cloud', baseUrl: 'https://api.hindsight.vectorize.io' };

/** A memory server while it is edited. */
export class ServerForm {
  config: ServerConfig = $state({ id: '', name: '', baseUrl: '', defaultBank: null, settings: {} });
  key = $state('');
  keyPresent = $state(false);
  makeDefault = $state(false);
  /** Whether new turns use it already. */
  inUse = $state(false);
  check: ServerCheck | null = $state.raw(null);
  checking = $state(false);
  saving = $state(false);
  outcome: KeyOutcome | null = $state.raw(null);
  healed: string[] = $state.raw([]);
  error: AppError | null = $state.raw(null);
  /** Whether it is the one on this computer, which has no address and no key of the person's. */
  embedded = $state(false);
  /** False once it was saved for the first time. */
  isNew = $state(true);
  #kept: ServerConfig;
  #checked: unknown = null;

  constructor(
    from: { view: ServerView; isDefault: boolean } | { start: ServerStart; taken: readonly string[] },
  ) {
    if ('view' in from) {
      this.isNew = false;
      this.embedded = from.view.embedded;
      this.config = plain(from.view.config);
      this.keyPresent = from.view.keyPresent;
      this.makeDefault = from.isDefault;
      this.inUse = from.isDefault;
    } else {
      const { name, baseUrl } = from.start;
      this.config = { id: freshId(name, from.taken), name, baseUrl, defaultBank: null, settings: {} };
      this.makeDefault = from.taken.length === 0;
    }
    this.#kept = plain(this.config);
  }

  get dirty(): boolean {
    return this.key !== '' || this.makeDefault !== this.inUse || !same(plain(this.config), this.#kept);
  }

  get faults(): { name?: string; baseUrl?: string; defaultBank?: string } {
    const bank = this.config.defaultBank?.trim() ?? '';
    const bankFault = bank === '' ? null : bankIdFault(bank);
    return {
      ...(this.config.name.trim() === '' ? { name: 'Give it a name.' } : {}),
      ...(!this.embedded && this.config.baseUrl.trim() === '' ? { baseUrl: 'Enter the address.' } : {}),
      ...(bankFault === null ? {} : { defaultBank: bankFault }),
    };
  }

  get valid(): boolean {
    return Object.keys(this.faults).length === 0;
  }

  get checkIsCurrent(): boolean {
    return this.check !== null && same(this.#checked, this.#subject());
  }

  #subject(): unknown {
    return { baseUrl: this.config.baseUrl, key: this.key };
  }

  async runCheck(): Promise<void> {
    if (this.config.baseUrl.trim() === '' || this.checking) return;
    this.checking = true;
    this.error = null;
    this.outcome = null;
    const subject = this.#subject();
    try {
      const serverId = this.isNew ? null : this.config.id;
      this.check = await host.call('server.check', {
        serverId,
        baseUrl: this.config.baseUrl,
        key: this.key || null,
      });
      this.#checked = subject;
    } catch (thrown) {
      this.error = asError(thrown);
    } finally {
      this.checking = false;
    }
  }

  /** As `ProviderForm.save`: a refused key is not kept unless `insist`. */
  async save(insist = false): Promise<ServerView | null> {
    if (!this.valid || this.saving) return null;
    this.saving = true;
    try {
      const touched = this.isNew || this.key !== '' || this.config.baseUrl !== this.#kept.baseUrl;
      if (touched && !this.checkIsCurrent) await this.runCheck();
      const current = this.checkIsCurrent;
      const verdict = touched && current ? this.check?.keyAccepted : undefined;
      const outcome = touched ? outcomeOfKey(verdict, this.error) : ({ kind: 'unchanged' } as const);
      if (outcome.kind === 'refused' && !insist) {
        this.outcome = outcome;
        return null;
      }
      const config = plain(this.config);
      config.defaultBank = config.defaultBank?.trim() || null;
      const view = await mutate('server.save', {
        config,
        key: this.key || null,
        makeDefault: this.makeDefault,
      });
      this.config = plain(view.config);
      this.#kept = plain(view.config);
      this.keyPresent = view.keyPresent;
      this.healed = view.healed;
      this.key = '';
      this.isNew = false;
      this.inUse = this.makeDefault;
      // What was checked is what was saved, with its address healed and its key kept.
      if (current) this.#checked = this.#subject();
      this.error = null;
      this.outcome = outcome;
      return view;
    } catch (thrown) {
      this.error = asError(thrown);
      return null;
    } finally {
      this.saving = false;
    }
  }
}

/** The settings of turns on a bank while they are edited. */
export class BankForm {
  settings: TurnSettings = $state({});
  saving = $state(false);
  error: AppError | null = $state.raw(null);
  #kept: TurnSettings;

  constructor(
    readonly serverId: string,
    readonly bankId: string,
    kept: TurnSettings,
  ) {
    this.settings = plain(kept);
    this.#kept = kept;
  }

  get dirty(): boolean {
    return !same(plain(this.settings), this.#kept);
  }

  async save(): Promise<boolean> {
    this.saving = true;
    this.error = null;
    try {
      const settings = plain(this.settings);
      await mutate('bank.saveSettings', { serverId: this.serverId, bankId: this.bankId, settings });
      this.#kept = settings;
      return true;
    } catch (thrown) {
      this.error = asError(thrown);
      return false;
    } finally {
      this.saving = false;
    }
  }
}

/** A profile while it is edited. */
export class ProfileForm {
  profile: Profile = $state({ id: '', name: '', userId: null, bankRule: null, bankId: null, settings: {} });
  saving = $state(false);
  error: AppError | null = $state.raw(null);
  #kept: Profile;

  constructor(kept?: Profile) {
    if (kept !== undefined) this.profile = plain(kept);
    this.#kept = plain(this.profile);
  }

  get isNew(): boolean {
    return this.profile.id === '';
  }

  get dirty(): boolean {
    return !same(plain(this.profile), this.#kept);
  }

  /** Whether another fixed bank was named. */
  get changedBank(): boolean {
    return this.profile.bankId !== this.#kept.bankId;
  }

  get preview() {
    return bankPreview(this.profile);
  }

  get valid(): boolean {
    return this.profile.name.trim() !== '' && this.preview.kind !== 'wrong';
  }

  async save(): Promise<boolean> {
    if (!this.valid) return false;
    this.saving = true;
    this.error = null;
    try {
      this.profile = await mutate('profile.save', { profile: plain(this.profile) });
      this.#kept = plain(this.profile);
      return true;
    } catch (thrown) {
      this.error = asError(thrown);
      return false;
    } finally {
      this.saving = false;
    }
  }
}

/** The forms that are open in the settings. They outlive the view, so that leaving loses nothing but a typed key. */
class MemoryEditing {
  server: ServerForm | null = $state(null);
  bank: BankForm | null = $state(null);
  profile: ProfileForm | null = $state(null);

  forgetKey() {
    if (this.server !== null) this.server.key = '';
  }
}

export const memoryEditing = new MemoryEditing();
