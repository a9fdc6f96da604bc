// The catalogue as a list: its groups, and how typing narrows it.
import { expect, it } from 'vitest';
import type { Preset } from '$gen/Preset';
import { GROUPS, entries, find, isOwn, presetOf, wants } from './catalogue';
import { DEFAULT_QUIRKS } from './quirks';

const preset = (id: string, name: string, more: Partial<Preset> = {}): Preset => ({
  id,
  name,
  wire: 'openai_chat',
  baseUrl: `https://api.${id}.example/v1`,
  platform: { kind: 'plain' },
  quirks: DEFAULT_QUIRKS,
  confidence: 'high',
  local: false,
  needsKey: true,
  keyUrl: null,
  docs: null,
  models: 0,
  variables: [],
  about: '',
  ...more,
});
const presets = [
  preset('zeta', 'Zeta'),
  preset('groq', 'Groq', { variables: ['GROQ_API_KEY'] }),
  preset('abacus', 'abacus'),
  preset('ollama', 'Ollama', { local: true, needsKey: false }),
  preset('openai', 'OpenAI', { variables: ['OPENAI_API_KEY'] }),
  preset('openai-compatible', 'OpenAI-compatible', { baseUrl: '' }),
  preset('demo', 'Demo', { wire: 'demo' }),
];
const ids = (some: { preset: Preset }[]) => some.map((entry) => entry.preset.id);

it('popular entries come first in their own order, the rest by name whatever its case, and the Demo not at all', () => {
  const all = entries(presets);
  expect(ids(all)).toEqual([
    'openai',
    'groq',
    'ollama',
    'openai-compatible',
    'anthropic-compatible',
    'abacus',
    'zeta',
  ]);
  expect(all.map((entry) => entry.group).slice(2, 5)).toEqual([GROUPS.local, GROUPS.own, GROUPS.own]);
});

it('an entry is found by the variable of its key, and the count leaves one’s own address out', () => {
  const found = find(entries(presets), 'groq_api');
  expect(ids(found.shown)).toEqual(['groq', 'openai-compatible', 'anthropic-compatible']);
  expect([found.fits, found.of]).toEqual([1, 5]);
});

it('when nothing fits, one’s own address is what is left', () => {
  const found = find(entries(presets), 'nothing like it');
  expect(found.fits).toBe(0);
  expect(found.shown.every((entry) => isOwn(entry.preset))).toBe(true);
});

it('an entry says what it wants', () => {
  expect(wants(preset('a', 'A'))).toBe('key');
  expect(wants(preset('a', 'A', { local: true, needsKey: false }))).toBe('local, no key');
  expect(wants(preset('a', 'A', { platform: { kind: 'bedrock', region: '', profile: null } }))).toBe('AWS');
});

it('a kept provider knows its entry by prefix, and an older one by its address', () => {
  expect(presetOf({ catalogue: 'groq', baseUrl: 'https://proxy.example' }, presets)?.id).toBe('groq');
  expect(presetOf({ catalogue: null, baseUrl: 'https://api.zeta.example/v1' }, presets)?.id).toBe('zeta');
  expect(presetOf({ catalogue: null, baseUrl: '' }, presets)).toBeNull();
});
