import { beforeEach, describe, expect, it } from 'vitest';
import type { BankConfigView } from '$gen/BankConfigView';
import { answering, asked } from '../host/fake';
import { MissionForm, missionForm, unsavedMissions } from './missions.svelte';

const view = (overrides: Record<string, unknown>, config: Record<string, unknown> = {}): BankConfigView => ({
  config: { config: { ...config, ...overrides }, overrides, withoutEffect: [] },
  reader: { kind: 'rules' },
});
const saved = () => asked.filter(({ name }) => name === 'mission.save').map(({ request }) => request);

beforeEach(() => {
  asked.length = 0;
});

describe('the form of missions', () => {
  it('saves everything that was changed in one call, with what it began from', async () => {
    const form = new MissionForm('s', 'b');
    form.take(view({ retain_mission: 'old', retain_chunk_size: 9 }));
    form.set('retain_mission', 'new');
    form.set('disposition_empathy', 5);
    const restore = answering({ 'mission.save': ({ settings }) => view(settings) });
    expect(await form.save()).toBe(true);
    restore();
    expect(saved()).toEqual([
      {
        serverId: 's',
        bankId: 'b',
        settings: { retain_mission: 'new', disposition_empathy: 5 },
        base: { retain_mission: 'old' },
      },
    ]);
    expect(form.dirty).toBe(false);
  });

  it('keeps what was typed when the save fails, and says why', async () => {
    const form = new MissionForm('s', 'b');
    form.take(view({}));
    form.set('retain_mission', 'new');
    const restore = answering({
      'mission.save': () => {
        throw new Error('gone');
      },
    });
    expect(await form.save()).toBe(false);
    restore();
    expect(form.draft).toEqual({ retain_mission: 'new' });
    expect(form.error?.message).toContain('gone');
  });

  it('takes a step back for each field, not for each letter', () => {
    const form = new MissionForm('s', 'b');
    form.take(view({}));
    for (const text of ['a', 'ab', 'abc']) form.set('retain_mission', text);
    form.set('reflect_mission', 'x');
    form.undo();
    expect(form.draft).toEqual({ retain_mission: 'abc' });
    form.undo();
    expect(form.draft).toEqual({});
    expect(form.canUndo).toBe(false);
  });

  it('keeps what is typed when others change the missions, and lets the person choose', () => {
    const form = new MissionForm('s', 'b');
    form.take(view({ retain_mission: 'old' }));
    form.set('retain_mission', 'mine');
    form.take(view({ retain_mission: 'theirs' }));
    expect(form.draft).toEqual({ retain_mission: 'mine' });
    expect(form.theirs).toEqual({ retain_mission: 'theirs' });
    form.keepMine();
    expect(form.base).toEqual({ retain_mission: 'theirs' });
    form.take(view({ retain_mission: 'theirs, later' }));
    form.discard();
    expect(form.draft).toEqual({ retain_mission: 'theirs, later' });
    form.undo();
    expect(form.draft).toEqual({ retain_mission: 'mine' });
  });

  it('refuses to save what a server would misread', async () => {
    const form = new MissionForm('s', 'b');
    form.take(view({}));
    form.set('retain_extraction_mode', 'custom');
    expect(form.valid).toBe(false);
    expect(await form.save()).toBe(false);
    expect(saved()).toEqual([]);
  });

  it('is the same one when the person comes back', () => {
    missionForm('s', 'b?/<b>').take(view({}));
    missionForm('s', 'b?/<b>').set('reflect_mission', 'x');
    expect(unsavedMissions('s', 'b?/<b>')).toBe(true);
    expect(unsavedMissions('s', 'other')).toBe(false);
  });
});
