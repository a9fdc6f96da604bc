// Layers of settings: what is set, what is inherited, and that the page knows the app's own values.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { Level } from '$gen/Level';
import type { TurnSettings } from '$gen/TurnSettings';
import { same } from './same';
import { settingRows, settingText } from './settingWords';
import * as settings from './turnSettings';

const rust = readFileSync(resolve('../crates/domain/src/settings.rs'), 'utf8');
const table = new Map(
  [...rust.slice(rust.indexOf('turn_settings! {')).matchAll(/^ {4}(\w+): .+? = (.+);$/gm)].map(
    ([, name = '', value = '']) => [name, value],
  ),
);

/** The built-in value as the Rust table writes it. */
function spelled(name: settings.SettingName): RegExp {
  const value = settings.BUILT_IN[name];
  if (name === 'preload_query') return /^QueryRule::Fixed \{ text: PRELOAD_QUERY/;
  if (name === 'preload_prefix') return /^PRELOAD_PREFIX/;
  const word =
    typeof value === 'string' ? value : typeof value === 'object' && 'kind' in value ? value.kind : '';
  if (typeof word === 'string' && word !== '') {
    const pascal = word
      .split('_')
      .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
      .join('');
    return new RegExp(`::${pascal}$`);
  }
  if (typeof value === 'boolean') return new RegExp(`^${value}$`);
  if (typeof value === 'number') return new RegExp(`^${String(value).split('').join('_?')}$`);
  return /::(new|default)\(\)$/;
}

it('knows every setting of the app with its built-in value', () => {
  expect([...table.keys()].sort()).toEqual([...settings.SETTING_NAMES].sort());
  for (const name of settings.SETTING_NAMES) expect(table.get(name), name).toMatch(spelled(name));
});

it('preloads with the words of the app', () => {
  const constant = (name: string) =>
    JSON.parse(new RegExp(`const ${name}: &str = (".*");`).exec(rust)?.[1] ?? 'null') as unknown;
  expect(settings.BUILT_IN.preload_query).toEqual({ kind: 'fixed', text: constant('PRELOAD_QUERY') });
  expect(settings.BUILT_IN.preload_prefix).toBe(constant('PRELOAD_PREFIX'));
});

it('a later layer wins and is named', () => {
  const layers = [
    { level: 'server', layer: { budget: 'low', max_memory_tokens: 100 } },
    { level: 'bank', layer: { budget: 'high' } },
  ] as const;
  expect(settings.decide('budget', layers)).toEqual({ value: 'high', level: 'bank' });
  expect(settings.decide('max_memory_tokens', layers)).toEqual({ value: 100, level: 'server' });
  expect(settings.decide('mode', layers)).toEqual({ value: 'recall', level: 'built_in' });
});

it('an empty list that is set clears what lies below; one that is absent inherits', () => {
  const below: { level: Level; layer: TurnSettings } = { level: 'server', layer: { recall_tags: ['a'] } };
  expect(settings.decide('recall_tags', [below, { level: 'bank', layer: { recall_tags: [] } }])).toEqual({
    value: [],
    level: 'bank',
  });
  expect(settings.decide('recall_tags', [below, { level: 'bank', layer: {} }])).toEqual({
    value: ['a'],
    level: 'server',
  });
});

it('resetting takes the setting away instead of writing its default', () => {
  const layer = settings.withSetting({ tags: ['x'] }, 'budget', 'high');
  expect(settings.countSet(layer)).toBe(2);
  expect(Object.keys(settings.withoutSetting(layer, 'budget'))).toEqual(['tags']);
});

it('two layers are the same whatever the order of their keys', () => {
  const a: TurnSettings = { budget: 'low', metadata: { x: '1', y: '2' } };
  const b: TurnSettings = { metadata: { y: '2', x: '1' }, budget: 'low' };
  expect(same(a, b)).toBe(true);
  expect(same(a, { ...b, mode: 'recall' })).toBe(false);
  expect(same({ tags: ['a', 'b'] }, { tags: ['b', 'a'] })).toBe(false);
});

it('the table of a turn names what somebody decided first', () => {
  const decided = Object.fromEntries(
    settings.SETTING_NAMES.map((name) => [
      name,
      { value: settings.BUILT_IN[name], level: name === 'tags' ? 'chat' : 'built_in' },
    ]),
  ) as unknown as Parameters<typeof settingRows>[0];
  const rows = settingRows(decided);
  expect(rows).toHaveLength(settings.SETTING_NAMES.length);
  expect(rows[0]).toMatchObject({ name: 'tags', level: 'chat', value: 'none' });
});

it('says values in words', () => {
  expect(settingText('max_memories', { kind: 'at', n: 3 })).toBe('3');
  expect(settingText('max_memories', { kind: 'none' })).toBe('no limit');
  expect(settingText('min_scores', { final: 0.5, semantic: null })).toBe('final ≥ 0.5');
  expect(settingText('recall_timeout_ms', 3000)).toBe('3 s');
});
