// Quirks as fields: those that matter, and those that this page does not know.
import { expect, it } from 'vitest';
import { DEFAULT_QUIRKS, changedQuirks, quirkFields } from './quirks';

const quirks = { ...DEFAULT_QUIRKS } as Record<string, unknown>;
const keys = (some: { key: string }[]) => some.map((field) => field.key);

it('only what matters for a wire is asked', () => {
  expect(keys(quirkFields(quirks, 'openai_chat'))).toContain('streamOptions');
  expect(keys(quirkFields(quirks, 'ollama_chat'))).toContain('numCtx');
  expect(keys(quirkFields(quirks, 'gemini'))).toEqual([
    'keyHeader',
    'midSystem',
    'sampling',
    'reasoningEffort',
  ]);
});

it('a quirk that this page does not know is drawn by its value, and one that cannot be drawn is left alone', () => {
  const more = { ...quirks, thinkTags: true, maxParts: 4, pathSuffix: '/x', rules: { a: 1 }, none: null };
  const fields = quirkFields(more, 'gemini').slice(4);
  expect(fields.map(({ label, kind }) => [label, kind])).toEqual([
    ['Think tags', 'switch'],
    ['Max parts', 'number'],
    ['Path suffix', 'text'],
  ]);
});

it('what differs from the entry is named', () => {
  expect(changedQuirks({ ...quirks, sampling: false }, quirks, 'gemini')).toEqual([
    'Takes sampling parameters',
  ]);
});
