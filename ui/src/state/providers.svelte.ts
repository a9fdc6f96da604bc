// Setting up a provider: the form, its check and the three honest ends of saving. Lists come from
// `provider.list`. A key is held here only until it is saved or the form is closed.
import type { Error as AppError } from '$gen/Error';
import type { Preset } from '$gen/Preset';
import type { ProviderCheck } from '$gen/ProviderCheck';
import type { ProviderConfig } from '$gen/ProviderConfig';
import type { ProviderView } from '$gen/ProviderView';
import type { Quirks } from '$gen/Quirks';
import type { Verdict } from '$gen/Verdict';
import { asError, host } from '$host';
import { freshId, outcomeOfKey, type KeyOutcome } from '$lib/setup';
import { same } from '$lib/same';
import { mutate } from './commands.svelte';
import { plain } from './plain.svelte';

const QUIRKS: Quirks = {
  maxTokensField: 'auto',
  streamOptions: true,
  midSystem: 'auto',
  listContent: true,
  sampling: true,
};

/** A provider while it is edited. */
export class ProviderForm {
  config: ProviderConfig = $state({
    id: '',
    name: '',
    wire: 'openai_chat',
    baseUrl: '',
    models: [],
    quirks: QUIRKS,
  });
  /** What was typed as a key; empty leaves the kept one. */
  key = $state('');
  /** A model to ask one token of, and to use in new chats; as `provider/model`, empty for none. */
  model = $state('');
  keyPresent = $state(false);
  check: ProviderCheck | null = $state.raw(null);
  checking = $state(false);
  saving = $state(false);
  /** How the last attempt to save ended; null before the first. */
  outcome: KeyOutcome | null = $state.raw(null);
  healed: string[] = $state.raw([]);
  error: AppError | null = $state.raw(null);
  readonly isNew: boolean;
  readonly preset: Preset | null;
  #kept: ProviderConfig;
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
      const { id, name, wire, baseUrl } = from.preset;
      this.config = { id: freshId(id, from.taken), name, wire, baseUrl, models: [], quirks: { ...QUIRKS } };
    }
    this.#kept = plain(this.config);
  }

  get dirty(): boolean {
    return this.key !== '' || !same(plain(this.config), this.#kept);
  }

  /** What is wrong with each field; empty when all is well. */
  get faults(): { name?: string; baseUrl?: string } {
    return {
      ...(this.config.name.trim() === '' ? { name: 'Give it a name.' } : {}),
      ...(this.config.baseUrl.trim() === '' ? { baseUrl: 'Enter the address.' } : {}),
    };
  }

  get valid(): boolean {
    return Object.keys(this.faults).length === 0;
  }

  /** What the check says about the model that is picked now; a check of another model says nothing about it. */
  get modelAnswers(): Verdict {
    if (this.check === null || this.#checkedModel !== this.model) {
      return {
        kind: 'unknown',
        why: this.model === '' ? 'No model is picked.' : 'Check again to ask it for one token.',
      };
    }
    return this.check.modelAnswers;
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
    const { baseUrl, wire, quirks } = plain(this.config);
    return { baseUrl, wire, quirks, key: this.key };
  }

  /** Checks without keeping anything. */
  async runCheck(): Promise<void> {
    if (!this.valid || this.checking) return;
    this.checking = true;
    this.error = null;
    this.outcome = null;
    const subject = this.#subject();
    const asked = this.model;
    try {
      const { id } = this.config;
      const model = this.model.startsWith(`${id}/`) ? this.model.slice(id.length + 1) : this.model;
      const request = { config: plain(this.config), key: this.key || null, model: model || null };
      this.check = await host.call('provider.check', request);
      this.#checked = subject;
      this.#checkedModel = asked;
      const [only, more] = this.check.models;
      if (this.model === '' && only !== undefined && more === undefined) this.model = only.id;
    } catch (thrown) {
      this.error = asError(thrown);
    } finally {
      this.checking = false;
    }
  }

  /**
   * Checks if needed and keeps the provider. A refused key is not kept unless `insist`; one that could not
   * be checked is, and `outcome` says so. Answers what was kept, or null.
   */
  async save(insist = false): Promise<ProviderView | null> {
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
      const view = await mutate('provider.save', {
        config: plain(this.config),
        key: this.key || null,
      });
      this.config = plain(view.config);
      this.#kept = plain(view.config);
      this.keyPresent = view.keyPresent;
      this.healed = view.healed;
      this.key = '';
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

/** The form that is open in the settings. It outlives the view, so that leaving loses nothing but a typed key. */
class ProviderEditing {
  form: ProviderForm | null = $state(null);

  forgetKey() {
    if (this.form !== null) this.form.key = '';
  }
}

export const providerEditing = new ProviderEditing();
