import { describe, expect, it } from 'vitest';
import {
  changedKeys,
  effective,
  faults,
  inheritedOf,
  labelsFault,
  labelsOf,
  missionOf,
  withValue,
} from './mission';

describe('a draft of missions', () => {
  it('holds what the bank overrides and nothing else', () => {
    expect(missionOf({ retain_mission: 'a', retain_chunk_size: 9, reflect_mission: null })).toEqual({
      retain_mission: 'a',
    });
  });

  it('gives a setting back when its text is emptied', () => {
    const draft = withValue({ retain_mission: 'a', disposition_empathy: 4 }, 'retain_mission', '');
    expect(draft).toEqual({ disposition_empathy: 4 });
    expect(withValue(draft, 'entities_allow_free_form', false)).toEqual({
      disposition_empathy: 4,
      entities_allow_free_form: false,
    });
  });

  it('tells which settings changed, whatever the order of keys in them', () => {
    const a = { entity_labels: [{ key: 'k', tag: true }], retain_mission: 'x' };
    const b = { entity_labels: [{ tag: true, key: 'k' }], reflect_mission: 'y' };
    expect(changedKeys(a, b)).toEqual(['reflect_mission', 'retain_mission']);
  });

  it('shows what is inherited where it sets nothing; what an override hides is the default of the API', () => {
    const inherited = inheritedOf(
      { retain_extraction_mode: 'verbose', retain_chunk_size: 500 },
      { retain_extraction_mode: 'verbose' },
    );
    expect(inherited.retain_chunk_size).toBe(500);
    expect(effective({}, inherited, 'retain_extraction_mode')).toBe('concise');
  });
});

describe('what cannot be saved', () => {
  const none = inheritedOf({}, {});

  it('is a mode that no server knows, though servers take it', () => {
    expect(faults({ retain_extraction_mode: 'bad' }, none).retain_extraction_mode).toContain('bad');
    expect(faults({ retain_extraction_mode: 'chunks' }, none)).toEqual({});
  });

  it('is the mode Custom without instructions', () => {
    expect(faults({ retain_extraction_mode: 'custom' }, none).retain_custom_instructions).toContain('needs');
    expect(faults({ retain_extraction_mode: 'custom', retain_custom_instructions: 'x' }, none)).toEqual({});
  });

  it('is a default strategy that does not exist, and a strategy with a wrong mode', () => {
    expect(faults({ retain_default_strategy: 'a' }, none).retain_default_strategy).toContain('no strategy');
    const strategies = { a: { retain_extraction_mode: 'loud' } };
    expect(faults({ retain_strategies: strategies, retain_default_strategy: 'a' }, none)).toEqual({
      retain_strategies: expect.stringContaining('loud') as string,
    });
  });

  it('is a tone outside of 1 to 5', () => {
    for (const value of [0, 6, 2.5, '3'])
      expect(faults({ disposition_empathy: value }, none).disposition_empathy).toContain('1 to 5');
  });

  it('is a label without name or values, or one that stands twice', () => {
    expect(labelsFault([{ key: ' ' }])).toContain('name');
    expect(
      labelsFault([
        { key: 'a', type: 'text' },
        { key: 'A', type: 'text' },
      ]),
    ).toContain('Two labels');
    expect(labelsFault([{ key: 'a' }])).toContain('at least one value');
    expect(labelsFault([{ key: 'a', values: [{ value: 'x' }, { value: 'x' }] }])).toContain('twice');
    expect(labelsFault([{ key: 'a', type: 'map' }])).toContain('field');
    expect(labelsFault([{ key: 'a', type: 'multi-text' }])).toBeNull();
  });
});

describe('labels of a server', () => {
  it('keep fields that this app does not know', () => {
    expect(labelsOf([{ key: 'k', values: [{ value: 'v', weight: 2 }], colour: 'red' }])).toEqual([
      { key: 'k', values: [{ value: 'v', weight: 2 }], colour: 'red' },
    ]);
  });

  it('of another shape are shown as JSON instead', () => {
    for (const odd of [{}, 'x', [{ name: 'k' }], [{ key: 'k', values: ['v'] }], [null]])
      expect(labelsOf(odd)).toBeNull();
    expect(labelsOf(null)).toEqual([]);
  });
});
