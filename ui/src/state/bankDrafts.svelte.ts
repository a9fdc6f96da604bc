// What was written in Banks and not saved: missions and single settings, by bank. It is kept among the preferences a moment
// after each change, so that it is there again whatever closed the window. The forms are missions.svelte.ts and
// views/banks/settings/ConfigRow.svelte.
import type { Draft } from '$lib/mission';
import { preferences } from './preferences.svelte';

/** Missions that were written, and what the bank had when that began. */
export interface KeptMission {
  base: Draft;
  draft: Draft;
}

interface Kept {
  mission?: KeptMission;
  /** What each setting was to be. */
  settings?: Record<string, unknown>;
}

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const without = (tree: Tree, key: string): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([one]) => one !== key));
const keyOf = (serverId: string, bankId: string) => JSON.stringify([serverId, bankId]);

/** What was kept for a bank. Another version of this app may have written it, so only what is understood is taken. */
function read(serverId: string, bankId: string): Kept {
  const all = preferences.now.bankDrafts;
  const one = isTree(all) ? all[keyOf(serverId, bankId)] : undefined;
  if (!isTree(one)) return {};
  const { mission, settings } = one;
  return {
    ...(isTree(mission) && isTree(mission.base) && isTree(mission.draft)
      ? { mission: { base: mission.base, draft: mission.draft } }
      : {}),
    ...(isTree(settings) ? { settings } : {}),
  };
}

function write(serverId: string, bankId: string, kept: Kept) {
  const all = preferences.now.bankDrafts;
  const before: Tree = isTree(all) ? all : {};
  const key = keyOf(serverId, bankId);
  const empty = kept.mission === undefined && Object.keys(kept.settings ?? {}).length === 0;
  if (empty && !(key in before)) return;
  const next = empty ? without(before, key) : { ...before, [key]: kept };
  preferences.set({ bankDrafts: Object.keys(next).length > 0 ? (next as never) : null });
}

export const bankDrafts = {
  mission: (serverId: string, bankId: string): KeptMission | null => read(serverId, bankId).mission ?? null,

  keepMission(serverId: string, bankId: string, mission: KeptMission | null) {
    const { settings } = read(serverId, bankId);
    write(serverId, bankId, { ...(mission ? { mission } : {}), ...(settings ? { settings } : {}) });
  },

  /** What a setting was to be; undefined while it is not being set. */
  setting: (serverId: string, bankId: string, key: string): unknown => read(serverId, bankId).settings?.[key],

  /** Keeps what a setting is to be; undefined forgets it. */
  keepSetting(serverId: string, bankId: string, key: string, value: unknown) {
    const { mission, settings = {} } = read(serverId, bankId);
    const next = value === undefined ? without(settings, key) : { ...settings, [key]: value };
    write(serverId, bankId, { ...(mission ? { mission } : {}), settings: next });
  },

  /** Whether a setting is being set. */
  anySetting: (serverId: string, bankId: string): boolean =>
    Object.keys(read(serverId, bankId).settings ?? {}).length > 0,

  /** Forgets what was written for a bank that is gone. */
  forget(serverId: string, bankId: string) {
    write(serverId, bankId, {});
  },
};
