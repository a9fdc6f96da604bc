// Setting up a provider: the form, its check and the three honest ends of saving. Lists come from
// `provider.list`. A key is held here only until it is saved or the form is closed.
import type { Error as AppError } from '$gen/Error';
import type { Platform } from '$gen/Platform';
import type { Preset } from '$gen/Preset';
import type { ProviderCheck } from '$gen/ProviderCheck';
import type { ProviderConfig } from '$gen/ProviderConfig';
import type { ProviderView } from '$gen/ProviderView';
import type { Verdict } from '$gen/Verdict';
import { asError, host } from '$host';
import { isOwn } from '$lib/catalogue';
import { awsFault, awsSecret, serviceAccount } from '$lib/credentials';
import { DEFAULT_QUIRKS } from '$lib/quirks';
import { freshId, outcomeOfCheck, type KeyOutcome } from '$lib/setup';
import { same } from '$lib/same';
import { azureAddress, fill, places, readPlaces, templateOf, type Place } from '$lib/template';
import { mutate } from './commands.svelte';
import { plain } from './plain.svelte';

/** How one proves who one is at AWS. */
export type AwsMode = 'api_key' | 'keys' | 'profile';
/** How one proves who one is at Google Cloud. */
export type GoogleMode = 'account' | 'sign_in';

const EMPTY: ProviderConfig = {
  id: '',
  name: '',
  wire: 'openai_chat',
  baseUrl: '',
  models: [],
  quirks: DEFAULT_QUIRKS,
  platform: { kind: 'plain' },
  catalogue: null,
};

/** The names of what is wrong, by field; `missing` are labels of fields that are still empty. */
interface Faults {
  baseUrl?: string;
  key?: string;
  missing: string[];
}

/** A provider while it is edited. */
export class ProviderForm {
  /** What is edited. Its address and platform are not final while there are places to fill in: see `composed`. */
  config: ProviderConfig = $state({ ...EMPTY });
  /** Values of the places in the address, and of the platform's own fields, by name. */
  values: Record<string, string> = $state({});
  /** Whether the address is typed as a whole although its entry has places to fill in. */
  byHand = $state(false);
  /** What was typed as a key; empty leaves the kept one. */
  key = $state('');
  aws = $state({ id: '', secret: '', token: '' });
  awsMode: AwsMode = $state('api_key');
  googleMode: GoogleMode = $state('account');
  /** A model to ask a few tokens of, and to offer for chats; as `provider/model`, empty for none. */
  model = $state('');
  keyPresent = $state(false);
  check: ProviderCheck | null = $state.raw(null);
  checking = $state(false);
  saving = $state(false);
  /** How the last attempt to save ended; null before the first. */
  outcome: KeyOutcome | null = $state.raw(null);
  /** Whether it was kept from this form, so that a model of it can be offered. */
  saved = $state(false);
  healed: string[] = $state.raw([]);
  error: AppError | null = $state.raw(null);
  readonly isNew: boolean;
  readonly preset: Preset | null;
  /** The address with places to fill in; empty when there are none. */
  readonly template: string;
  #kept: unknown;
  #keptConfig: ProviderConfig;
  #checked: unknown = null;
  #checkedModel: string | null = $state(null);

  constructor(
    from: { view: ProviderView } | { preset: Preset; taken: readonly string[] },
    preset: Preset | null = null,
  ) {
    if ('view' in from) {
      this.isNew = false;
      this.preset = preset;
      this.config = plain(from.view.config);
      this.keyPresent = from.view.keyPresent;
    } else {
      this.isNew = true;
      this.preset = from.preset;
      const { id, name, wire, baseUrl, quirks, platform } = plain(from.preset);
      this.config = {
        ...EMPTY,
        id: freshId(id, from.taken),
        name: isOwn(from.preset) ? '' : name,
        wire,
        baseUrl,
        quirks: { ...DEFAULT_QUIRKS, ...quirks },
        platform,
        catalogue: isOwn(from.preset) ? null : id,
      };
    }
    this.template = templateOf(this.preset ?? { baseUrl: '', platform: this.config.platform });
    this.#beginPlaces();
    this.#keptConfig = this.composed;
    this.#kept = this.#edited();
  }

  #beginPlaces() {
    const { platform, baseUrl } = this.config;
    const own: Record<string, string> =
      platform.kind === 'vertex'
        ? { project: platform.project, location: platform.location || 'global' }
        : platform.kind === 'bedrock'
          ? { region: platform.region || 'us-east-1', profile: platform.profile ?? '' }
          : {};
    this.values = own;
    if (this.isNew) {
      if (this.template !== '') this.config.baseUrl = '';
      // An address that begins with a place is typed as a whole.
      else if (baseUrl.startsWith('{')) this.config.baseUrl = '';
      if (this.template !== '') for (const { name } of places(this.template)) this.values[name] ??= '';
      return;
    }
    if (platform.kind === 'azure') this.values.resource = baseUrl;
    else if (this.template !== '' && fill(this.template, own) !== baseUrl) {
      const read = readPlaces(this.template, baseUrl);
      if (read === null) this.byHand = true;
      else this.values = { ...read, ...own };
      if (this.#address() !== baseUrl) this.byHand = true;
    }
    if (platform.kind === 'bedrock') this.awsMode = this.keyPresent ? 'api_key' : 'profile';
    if (platform.kind === 'vertex') this.googleMode = this.keyPresent ? 'account' : 'sign_in';
  }

  /** The places of the address that no field of the platform stands for. */
  get places(): Place[] {
    if (this.byHand || this.config.platform.kind === 'azure') return [];
    const own = { plain: [], azure: [], vertex: ['project', 'location'], bedrock: ['region'] };
    const taken: readonly string[] = own[this.config.platform.kind];
    return places(this.template).filter(({ name }) => !taken.includes(name));
  }

  /** Whether the address is typed as a whole. */
  get wholeAddress(): boolean {
    return this.byHand || (this.template === '' && this.config.platform.kind !== 'azure');
  }

  /** Types the address as a whole from now on, beginning with the one that was filled in; or goes back. */
  typeByHand(on: boolean) {
    if (on) this.config.baseUrl = this.#address();
    this.byHand = on;
  }

  /** The address as it will be used, before it is healed. */
  get address(): string {
    return this.#address();
  }

  #address(): string {
    if (this.byHand) return this.config.baseUrl.trim();
    if (this.config.platform.kind === 'azure') {
      const typed = this.values.resource ?? '';
      return typed.trim() === '' ? '' : azureAddress(this.template, typed);
    }
    if (this.template === '') return this.config.baseUrl.trim();
    return fill(this.template, this.values);
  }

  #platform(): Platform {
    const platform = plain(this.config.platform);
    const value = (name: string) => this.values[name]?.trim() ?? '';
    if (platform.kind === 'vertex')
      return { kind: 'vertex', project: value('project'), location: value('location') };
    if (platform.kind === 'bedrock') {
      const profile = this.awsMode === 'profile' ? value('profile') || null : null;
      return { kind: 'bedrock', region: value('region'), profile };
    }
    if (platform.kind === 'azure') return { ...platform, api_version: platform.api_version?.trim() || null };
    return platform;
  }

  /** The provider as it is checked and kept. */
  get composed(): ProviderConfig {
    return { ...plain(this.config), baseUrl: this.#address(), platform: this.#platform() };
  }

  /** Whether the chosen way to sign in needs nothing from the keychain. */
  get keyless(): boolean {
    const { kind } = this.config.platform;
    return (
      (kind === 'bedrock' && this.awsMode === 'profile') ||
      (kind === 'vertex' && this.googleMode === 'sign_in')
    );
  }

  /** The one text for the keychain; empty leaves what is kept. */
  get secret(): string {
    if (this.keyless) return '';
    return this.config.platform.kind === 'bedrock' && this.awsMode === 'keys'
      ? awsSecret(this.aws)
      : this.key;
  }

  /** Lets go of everything that was typed as a key. */
  forgetKey() {
    this.key = '';
    this.aws = { id: '', secret: '', token: '' };
  }

  /** Takes the JSON of a service account, and its project when none was typed. */
  pasteAccount(text: string) {
    this.key = text.trim();
    const { project } = serviceAccount(this.key);
    if (project !== null && !this.values.project?.trim()) this.values.project = project;
  }

  /** Everything that a person can change, but the key. */
  #edited(): unknown {
    return { ...this.composed, keyless: this.keyless };
  }

  get #typedKey(): boolean {
    return this.key !== '' || Object.values(this.aws).some((part) => part !== '');
  }

  get dirty(): boolean {
    return this.#typedKey || !same(this.#edited(), this.#kept);
  }

  /** What is wrong and what is missing. */
  get faults(): Faults {
    const missing: string[] = [];
    const need = (label: string, value: string | undefined) => {
      if (!value?.trim()) missing.push(label);
    };
    const { platform } = this.config;
    need('Name', this.config.name);
    if (platform.kind === 'azure' && !this.byHand) need('Resource', this.values.resource);
    if (platform.kind === 'vertex') for (const name of ['project', 'location']) need(name, this.values[name]);
    if (platform.kind === 'bedrock') need('Region', this.values.region);
    for (const place of this.places) need(place.label, this.values[place.name]);
    if (this.wholeAddress) need('Address', this.config.baseUrl);
    const key = this.#keyFault();
    if (key === null && !this.keyPresent && !this.keyless && this.secret === '') {
      if (platform.kind !== 'plain' || this.preset?.needsKey) missing.push('Key');
    }
    const hole = /\{[^}]+\}/.exec(this.wholeAddress ? this.config.baseUrl : '')?.[0];
    return {
      ...(hole ? { baseUrl: `Put your own value in place of ${hole}.` } : {}),
      ...(key === null ? {} : { key }),
      missing: missing.map((label) => label.charAt(0).toUpperCase() + label.slice(1)),
    };
  }

  #keyFault(): string | null {
    const { kind } = this.config.platform;
    if (this.keyless) return null;
    if (kind === 'bedrock' && this.awsMode === 'keys') return awsFault(this.aws)?.words ?? null;
    return kind === 'vertex' ? serviceAccount(this.key).fault : null;
  }

  get valid(): boolean {
    const { baseUrl, key, missing } = this.faults;
    // A key that is asked for may still be missing: some gateways take none, and the check tells.
    return baseUrl === undefined && key === undefined && missing.every((label) => label === 'Key');
  }

  /** What the check says about the model that is picked now; a check of another model says nothing about it. */
  about(verdict: 'modelAnswers' | 'streams' | 'callsTools'): Verdict {
    if (this.check === null || this.#checkedModel !== this.model) {
      return {
        kind: 'unknown',
        why: this.model === '' ? 'No model is picked.' : 'Check again to ask it for a few tokens.',
      };
    }
    return this.check[verdict];
  }

  /** Whether the last check asked the model that is picked now. */
  get askedModel(): boolean {
    return this.model !== '' && this.#checkedModel === this.model;
  }

  /** Picks a model by its listed id, or by a name that is not listed and is then kept with the provider. */
  pickModel(picked: string) {
    const prefix = `${this.config.id}/`;
    const listed = this.check?.models.some((model) => model.id === picked) ?? false;
    const name = picked.startsWith(prefix) ? picked.slice(prefix.length) : picked;
    this.model = listed ? picked : prefix + name;
    if (!listed && !this.config.models.includes(name)) this.config.models.push(name);
  }

  /** Whether the shown check is about what is in the form now. */
  get checkIsCurrent(): boolean {
    return this.check !== null && same(this.#checked, this.#subject());
  }

  #subject(): unknown {
    const { baseUrl, wire, quirks, platform } = this.composed;
    return { baseUrl, wire, quirks, platform, secret: this.secret, keyless: this.keyless };
  }

  /** Whether anything that a check is about differs from what is kept. */
  get #touched(): boolean {
    const { baseUrl, wire, platform } = this.composed;
    const kept = this.#keptConfig;
    return (
      this.isNew ||
      this.#typedKey ||
      !same({ baseUrl, wire, platform }, { baseUrl: kept.baseUrl, wire: kept.wire, platform: kept.platform })
    );
  }

  /** Checks without keeping anything. */
  async runCheck(): Promise<void> {
    if (!this.valid || this.checking) return;
    this.checking = true;
    this.error = null;
    this.outcome = null;
    this.healed = [];
    const subject = this.#subject();
    const asked = this.model;
    try {
      const { id } = this.config;
      const model = this.model.startsWith(`${id}/`) ? this.model.slice(id.length + 1) : this.model;
      const request = {
        config: this.composed,
        key: this.secret || null,
        withoutKey: this.keyless,
        model: model || null,
      };
      const check = await host.call('provider.check', request);
      this.check = check;
      this.#checked = subject;
      this.#checkedModel = asked;
      this.healed = check.healed;
      const [only, more] = check.models;
      if (this.model === '' && only !== undefined && more === undefined) this.model = only.id;
    } catch (thrown) {
      this.error = asError(thrown);
    } finally {
      this.checking = false;
    }
  }

  /**
   * Checks if needed and keeps the provider. What was refused or could not be checked is kept only with `insist`;
   * `outcome` says so. Answers what was kept, or null.
   */
  async save(insist = false): Promise<ProviderView | null> {
    if (!this.valid || this.saving || this.checking) return null;
    this.saving = true;
    try {
      const touched = this.#touched;
      if (touched && !insist && !this.checkIsCurrent) await this.runCheck();
      // What the backend cannot read is to be put right, not to be insisted on.
      if (this.error?.code === 'invalidInput') return null;
      const current = this.checkIsCurrent;
      const about = { hadKey: !this.isNew && this.keyPresent, insisted: insist };
      const outcome: KeyOutcome = touched
        ? outcomeOfCheck(current ? this.check : null, this.error, about)
        : { kind: 'unchanged' };
      if ((outcome.kind === 'refused' || outcome.kind === 'unchecked') && !insist) {
        this.outcome = outcome;
        // The sentence stands in the outcome; its own words stay in the verdicts.
        if (current) this.error = null;
        return null;
      }
      await this.#keep(current);
      this.outcome = outcome;
      return { config: this.composed, keyPresent: this.keyPresent, healed: this.healed };
    } catch (thrown) {
      this.error = asError(thrown);
      return null;
    } finally {
      this.saving = false;
    }
  }

  async #keep(current: boolean) {
    const keyless = this.keyless;
    const view = await mutate('provider.save', { config: this.composed, key: this.secret || null });
    this.keyPresent = view.keyPresent;
    if (keyless && view.keyPresent) {
      // A kept key would be used instead of the profile or the sign-in that was chosen.
      await mutate('provider.clearKey', { providerId: view.config.id });
      this.keyPresent = false;
    }
    this.config = plain(view.config);
    if (!this.byHand && this.config.platform.kind === 'azure') this.values.resource = view.config.baseUrl;
    if (this.#address() !== view.config.baseUrl && this.template !== '') this.byHand = true;
    this.#keptConfig = this.composed;
    this.healed = view.healed.length > 0 ? view.healed : this.healed;
    this.forgetKey();
    this.#kept = this.#edited();
    // What was checked is what was saved, with its address healed and its key kept.
    if (current) this.#checked = this.#subject();
    this.error = null;
    this.saved = true;
  }

  /** Deletes the kept key. */
  async clearKey(): Promise<void> {
    try {
      await mutate('provider.clearKey', { providerId: this.config.id });
      this.keyPresent = false;
      this.error = null;
    } catch (thrown) {
      this.error = asError(thrown);
    }
  }
}

/** The form that is open in the settings. It outlives the view, so that leaving loses nothing but a typed key. */
class ProviderEditing {
  form: ProviderForm | null = $state(null);

  forgetKey() {
    this.form?.forgetKey();
  }
}

export const providerEditing = new ProviderEditing();
