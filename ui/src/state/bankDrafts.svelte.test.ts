import { beforeEach, expect, it } from 'vitest';
import { bankDrafts } from './bankDrafts.svelte';
import { forgetMissions, missionForm, unsavedMissions } from './missions.svelte';
import { preferences } from './preferences.svelte';

const kept = () => preferences.now.bankDrafts ?? null;
const HOSTILE = '"],"__proto__": <b>';

beforeEach(() => preferences.set({ bankDrafts: null }));

it('keeps missions and settings of each bank apart, and nothing once all is saved', () => {
  bankDrafts.keepMission('s', HOSTILE, { base: {}, draft: { retain_mission: 'boats' } });
  bankDrafts.keepSetting('s', HOSTILE, 'retain_chunk_size', null);
  bankDrafts.keepSetting('s', 'b', 'retain_chunk_size', 9);
  expect(bankDrafts.mission('s', HOSTILE)?.draft).toEqual({ retain_mission: 'boats' });
  expect(bankDrafts.setting('s', HOSTILE, 'retain_chunk_size')).toBeNull();
  expect(bankDrafts.setting('s', 'b', 'retain_chunk_size')).toBe(9);
  expect([bankDrafts.anySetting('s', 'b'), bankDrafts.anySetting('s', 'c')]).toEqual([true, false]);
  bankDrafts.keepSetting('s', 'b', 'retain_chunk_size', undefined);
  bankDrafts.keepMission('s', HOSTILE, null);
  expect(bankDrafts.setting('s', HOSTILE, 'retain_chunk_size')).toBeNull();
  bankDrafts.forget('s', HOSTILE);
  expect(kept()).toBeNull();
});

it('takes only what it understands of what another version wrote', () => {
  for (const wrong of [
    7,
    [],
    { '["s","b"]': 'x' },
    { '["s","b"]': { mission: { base: 1 }, settings: [] } },
  ]) {
    preferences.set({ bankDrafts: wrong });
    expect(bankDrafts.mission('s', 'b')).toBeNull();
    expect(bankDrafts.anySetting('s', 'b')).toBe(false);
  }
});

it('a form goes on from what was kept, says when others saved meanwhile, and forgets when it is undone', () => {
  bankDrafts.keepMission('s', 'kept', { base: { retain_mission: 'old' }, draft: { retain_mission: 'new' } });
  expect(unsavedMissions('s', 'kept')).toBe(true);
  const form = missionForm('s', 'kept');
  form.take({
    config: { config: {}, overrides: { retain_mission: 'theirs' }, withoutEffect: [] },
    reader: { kind: 'rules' },
  });
  expect(form.draft).toEqual({ retain_mission: 'new' });
  expect(form.theirs).toEqual({ retain_mission: 'theirs' });
  form.discard();
  expect([form.draft, kept()]).toEqual([{ retain_mission: 'theirs' }, null]);
  form.set('retain_mission', 'again');
  expect(bankDrafts.mission('s', 'kept')?.draft).toEqual({ retain_mission: 'again' });
  forgetMissions('s', 'kept');
  expect([kept(), unsavedMissions('s', 'kept')]).toEqual([null, false]);
});
