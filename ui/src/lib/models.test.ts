// Models as choices: grouped, found, and described without guessing.
import { expect, it } from 'vitest';
import type { ModelCard } from '$gen/ModelCard';
import type { ModelInfo } from '$gen/ModelInfo';
import { contextWords, isModelString, modelOptions, modelSaid } from './models';
import { narrow } from './pick';

const facts: ModelCard = {
  maxOutput: 8000,
  inputPrice: 3,
  outputPrice: 15,
  cacheReadPrice: null,
  tools: true,
  images: false,
  files: false,
  reasoning: true,
  ends: '2026-12-01',
};
const model = (id: string, providerName: string, card: ModelCard | null = null): ModelInfo => ({
  id,
  name: id.slice(id.indexOf('/') + 1),
  providerId: id.slice(0, id.indexOf('/')),
  providerName,
  context: card && 200_000,
  facts: card,
});

it('a provider’s models stand together although the list brings them apart', () => {
  const options = modelOptions([model('a/1', 'A'), model('b/1', 'B'), model('a/2', 'A')]);
  expect(options.map((option) => option.value)).toEqual(['a/1', 'a/2', 'b/1']);
});

it('a model is found by its provider and by its whole id', () => {
  const options = modelOptions([model('groq/llama-3', 'Groq Cloud'), model('b/llama-3', 'B')]);
  expect(narrow(options, 'groq cloud').map((option) => option.value)).toEqual(['groq/llama-3']);
  expect(narrow(options, 'b/llama').map((option) => option.value)).toEqual(['b/llama-3']);
});

it('a model is described in words, with a warning of its end', () => {
  const said = modelSaid(model('a/1', 'A', facts), '2026-11-27');
  expect(said).toMatchObject({ context: '200k', price: '$3 / $15', can: ['tools', 'reasoning'] });
  expect(said.ends).toEqual({ on: '2026-12-01', past: false });
  expect(modelSaid(model('a/1', 'A', facts), '2026-12-02').words).toContain('ended on 2026-12-01');
});

it('what is not known of a model is said to be so', () => {
  const said = modelSaid(model('a/1', 'A'), '2026-11-27');
  expect(said.can).toBeNull();
  expect(said.words).toBe('Context not known; price not known; abilities not known');
});

it('sizes are said as vendors say them', () => {
  expect([131_072, 200_000, 1_048_576, 512].map(contextWords)).toEqual(['128k', '200k', '1M', '512']);
});

it('any provider/model can be typed, and nothing else', () => {
  expect(['groq/llama-9', 'openrouter/a/b:free'].every(isModelString)).toBe(true);
  expect(['gpt-4o', 'a/', '/b', 'a/b c'].some(isModelString)).toBe(false);
});

it('thousands of models are narrowed fast enough to type', () => {
  const many = modelOptions(
    Array.from({ length: 5000 }, (_, n) => model(`p${n % 40}/model-${n}`, `P${n % 40}`)),
  );
  const begun = performance.now();
  expect(narrow(many, 'model-4999')).toHaveLength(1);
  expect(performance.now() - begun).toBeLessThan(500);
});
