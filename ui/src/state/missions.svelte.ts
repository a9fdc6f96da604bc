// Missions of a bank while they are edited: one form for each bank, kept while the person moves about and over the end of the
// window (bankDrafts.svelte.ts), so that nothing typed is lost. Reads come from `bankConfig.read`; saving is one call.
import { SvelteMap } from 'svelte/reactivity';
import type { BankConfigView } from '$gen/BankConfigView';
import type { Error as AppError } from '$gen/Error';
import { asError } from '$host';
import {
  changedKeys,
  faults,
  inheritedOf,
  missionOf,
  withValue,
  type Draft,
  type MissionKey,
} from '$lib/mission';
import { same } from '$lib/same';
import { toast } from '$lib/toast';
import { bankDrafts, type KeptMission } from './bankDrafts.svelte';
import { mutate } from './commands.svelte';

/** Changes of one field that follow each other within this are one step of undo. */
const ONE_STEP_MS = 1500;

export class MissionForm {
  readonly serverId: string;
  readonly bankId: string;
  /** What the bank overrides, as it was when the editing began. */
  base: Draft = $state.raw({});
  /** What it is to override. */
  draft: Draft = $state.raw({});
  /** What holds where the draft sets nothing. */
  inherited: Record<string, unknown> = $state.raw({});
  /** What somebody else made of the missions meanwhile. */
  theirs: Draft | null = $state.raw(null);
  saving = $state(false);
  error: AppError | null = $state.raw(null);
  #loaded = false;
  #steps: Draft[] = $state.raw([]);
  #last: { key: MissionKey; at: number } | null = null;
  #keep: (mission: KeptMission | null) => void;

  /** Goes on from what was kept, and hands over what is to be kept, null when everything is saved. */
  constructor(
    serverId: string,
    bankId: string,
    kept: KeptMission | null = null,
    keep: (mission: KeptMission | null) => void = () => undefined,
  ) {
    this.serverId = serverId;
    this.bankId = bankId;
    this.#keep = keep;
    if (kept !== null) {
      this.base = kept.base;
      this.draft = kept.draft;
      this.#loaded = true;
    }
  }

  get changed(): MissionKey[] {
    return changedKeys(this.base, this.draft);
  }

  get dirty(): boolean {
    return this.changed.length > 0;
  }

  get faults() {
    return faults(this.draft, this.inherited);
  }

  get valid(): boolean {
    return Object.keys(this.faults).length === 0;
  }

  get canUndo(): boolean {
    return this.#steps.length > 0;
  }

  /** Takes what the server says. What is being edited stays; a change by others is kept beside it. */
  take({ config }: BankConfigView) {
    const now = missionOf(config.overrides);
    this.inherited = inheritedOf(config.config, config.overrides);
    if (!this.#loaded || !this.dirty) {
      this.#begin(now);
      this.#loaded = true;
    } else if (same(now, this.base)) this.theirs = null;
    else if (same(now, this.draft)) this.#begin(now);
    else this.theirs = now;
  }

  set(key: MissionKey, value: unknown) {
    const next = withValue(this.draft, key, value);
    if (same(next, this.draft)) return;
    const now = Date.now();
    const goesOn = this.#last?.key === key && now - this.#last.at < ONE_STEP_MS && this.#steps.length > 0;
    if (!goesOn) this.#steps = [...this.#steps, this.draft];
    this.#last = { key, at: now };
    this.draft = next;
    this.error = null;
    this.#kept();
  }

  undo() {
    const before = this.#steps.at(-1);
    if (!before) return;
    this.#steps = this.#steps.slice(0, -1);
    this.#last = null;
    this.draft = before;
    this.#kept();
  }

  /** Back to what the bank has; one step of undo brings it back. */
  discard() {
    this.#steps = [...this.#steps, this.draft];
    this.#last = null;
    this.error = null;
    if (this.theirs) this.base = this.theirs;
    this.theirs = null;
    this.draft = this.base;
    this.#kept();
  }

  /** Goes on from what somebody else saved: the next save replaces it knowingly. */
  keepMine() {
    if (this.theirs) this.base = this.theirs;
    this.theirs = null;
    this.error = null;
    this.#kept();
  }

  async save(): Promise<boolean> {
    if (this.saving || !this.dirty || !this.valid) return false;
    this.saving = true;
    this.error = null;
    const { serverId, bankId, base } = this;
    try {
      const view = await mutate('mission.save', { serverId, bankId, settings: this.draft, base });
      this.#begin(missionOf(view.config.overrides));
      this.take(view);
      toast.undo('Missions saved.', () => this.#saveAgain(base));
      return true;
    } catch (thrown) {
      this.error = asError(thrown);
      return false;
    } finally {
      this.saving = false;
    }
  }

  /** Saves an earlier version again. */
  async revert(version: number): Promise<void> {
    const { serverId, bankId, base } = this;
    const view = await mutate('mission.revert', { serverId, bankId, version });
    this.take(view);
    toast.undo('The earlier version holds again.', () => this.#saveAgain(base));
  }

  async #saveAgain(settings: Draft) {
    const { serverId, bankId } = this;
    try {
      this.take(await mutate('mission.save', { serverId, bankId, settings, base: null }));
    } catch (thrown) {
      toast.error(thrown);
    }
  }

  #begin(mission: Draft) {
    this.base = mission;
    this.draft = mission;
    this.theirs = null;
    this.#steps = [];
    this.#last = null;
    this.#kept();
  }

  #kept() {
    this.#keep(this.dirty ? { base: this.base, draft: this.draft } : null);
  }
}

const forms = new SvelteMap<string, MissionForm>();

/** The form of a bank; the same one each time. */
export function missionForm(serverId: string, bankId: string): MissionForm {
  const key = JSON.stringify([serverId, bankId]);
  let form = forms.get(key);
  if (!form) {
    form = new MissionForm(serverId, bankId, bankDrafts.mission(serverId, bankId), (mission) =>
      bankDrafts.keepMission(serverId, bankId, mission),
    );
    forms.set(key, form);
  }
  return form;
}

/** Whether missions of this bank were changed and not saved. */
export function unsavedMissions(serverId: string, bankId: string): boolean {
  return (
    forms.get(JSON.stringify([serverId, bankId]))?.dirty ?? bankDrafts.mission(serverId, bankId) !== null
  );
}

/** Forgets what was written for a bank that is gone. */
export function forgetMissions(serverId: string, bankId: string) {
  forms.delete(JSON.stringify([serverId, bankId]));
  bankDrafts.forget(serverId, bankId);
}

/** The setting that another view sent the person to: scrolled to and lit up once. */
class Sent {
  key: string | null = $state(null);
}
export const sentTo = new Sent();
