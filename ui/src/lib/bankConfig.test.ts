import { describe, expect, it } from 'vitest';
import {
  CONFIG_GROUPS,
  CONFIG_KEYS,
  configKey,
  entries,
  faultOf,
  isSet,
  matches,
  valueText,
  type ConfigKey,
} from './bankConfig';

function keyOf(key: string): ConfigKey {
  const found = configKey(key);
  if (!found) throw new Error(`no key ${key}`);
  return found;
}

describe('the table of a bank’s settings', () => {
  it('has each of the 57 keys of the API once, in a group that is shown, with a sentence', () => {
    expect(new Set(CONFIG_KEYS.map(({ key }) => key)).size).toBe(57);
    expect(CONFIG_KEYS).toHaveLength(57);
    for (const one of CONFIG_KEYS) {
      expect(CONFIG_GROUPS.map(({ id }) => id)).toContain(one.group);
      expect(one.help, one.key).toMatch(/\.$/);
      expect(one.label.length, one.key).toBeLessThan(40);
    }
  });

  it('has defaults that its own limits allow', () => {
    for (const one of CONFIG_KEYS) expect(faultOf(one.control, one.byDefault), one.key).toBeNull();
  });
});

describe('the settings of an answer', () => {
  it('are all shown, also those of a newer server, and none is lost', () => {
    const shown = entries({ retain_chunk_size: 3000, brand_new: { a: 1 } }, { also_new: '<b>' });
    expect(shown.map(({ key }) => key)).toEqual(['retain_chunk_size', 'also_new', 'brand_new']);
    expect(shown.filter(({ known }) => !known).map(({ group }) => group)).toEqual(['other', 'other']);
    expect(shown[1]?.value).toBe('<b>');
  });

  it('tell what the bank overrides; null is nothing', () => {
    const shown = entries({ a: 1, audit_log_enabled: true }, { a: null, audit_log_enabled: false });
    expect(shown.map(({ key, overridden, value }) => [key, overridden, value])).toEqual([
      ['audit_log_enabled', true, false],
      ['a', false, 1],
    ]);
    expect(isSet({ toString: 1 }, 'valueOf')).toBe(false);
  });

  it('are found by the words of their name, label and explanation', () => {
    const [entry] = entries({ retain_chunk_size: 3000 }, {});
    if (!entry) throw new Error('there is one');
    expect(matches(entry, 'chunk size')).toBe(true);
    expect(matches(entry, 'RETAIN pieces')).toBe(true);
    expect(matches(entry, 'webhook')).toBe(false);
  });
});

describe('a value', () => {
  it('that the server would take and then misread is refused here', () => {
    const mode = keyOf('retain_extraction_mode');
    expect(faultOf(mode.control, 'bad')).toContain('concise');
    expect(faultOf(mode.control, 'verbatim')).toBeNull();
    expect(faultOf(mode.control, null)).toBeNull();
  });

  it('has the type and the limits of its key', () => {
    const fault = (key: string, value: unknown) => faultOf(keyOf(key).control, value);
    expect(fault('disposition_empathy', 6)).toContain('5 or less');
    expect(fault('disposition_empathy', 0)).toContain('1 or more');
    expect(fault('retain_chunk_size', 1.5)).toContain('whole');
    expect(fault('retain_chunk_size', '')).toContain('whole');
    expect(fault('max_observations_per_scope', -1)).toBeNull();
    expect(fault('recall_budget_adaptive_low', Number.NaN)).toContain('number');
    expect(fault('entity_labels', {})).toContain('list');
    expect(fault('retain_strategies', [])).toContain('object');
    expect(fault('enable_observations', 'yes')).toContain('yes or no');
    expect(fault('retain_mission', 7)).toContain('text');
  });

  it('reads as one line', () => {
    expect(valueText(null)).toBe('not set');
    expect(valueText(false)).toBe('no');
    expect(valueText(3000, keyOf('retain_chunk_size').control)).toBe('3000 characters');
    expect(valueText('concise', keyOf('retain_extraction_mode').control)).toBe('Concise');
    expect(valueText([{ a: 1 }])).toBe('[{"a":1}]');
  });
});
