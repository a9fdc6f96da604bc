import { expect, it } from 'vitest';
import type { EngineView } from '$gen/EngineView';
import { engine, restart } from '../../tests/fake/engine';
import { models } from '../../tests/fake/app';
import { RULES, engineSaid, readerOptions, settling, usedToday } from './engine';

const as = (change: Partial<EngineView>): EngineView => {
  restart();
  return { ...engine, ...change };
};

it('every state has a word of its own, and only trouble has a tone of trouble', () => {
  const said = (['starting', 'loading_model', 'ready', 'degraded', 'offline'] as const).map((state) =>
    engineSaid(as({ state })),
  );
  expect(new Set(said.map(({ word }) => word)).size).toBe(5);
  expect(said.map(({ tone }) => tone)).toEqual(['neutral', 'neutral', 'good', 'warn', 'bad']);
});

it('a degraded engine says what still works and why it is less', () => {
  const { text } = engineSaid(as({ state: 'degraded', reason: 'no weights in `/w`' }));
  expect(text).toBe('Facts are found by their words only. No weights in “/w”.');
});

it('an offline engine says its error', () => {
  const error = { code: 'diskFull' as const, message: 'The disk is full.', retryable: false };
  expect(engineSaid(as({ state: 'offline', error })).text).toBe('The disk is full.');
});

it('an engine that runs and does not answer is not shown as well', () => {
  expect(engineSaid(as({ state: 'ready', reason: 'it does not answer' }))).toMatchObject({
    tone: 'warn',
    text: 'It does not answer.',
  });
});

it('only starting and loading are waited for', () => {
  expect((['starting', 'loading_model', 'ready', 'degraded', 'offline'] as const).filter(settling)).toEqual([
    'starting',
    'loading_model',
  ]);
});

it('a limit is never more than used up, and a limit of nothing is', () => {
  expect(usedToday(as({ tokensPerDay: 200, tokensToday: 50 }))).toBe(0.25);
  expect(usedToday(as({ tokensPerDay: 200, tokensToday: 500 }))).toBe(1);
  expect(usedToday(as({ tokensPerDay: 0, tokensToday: 0 }))).toBe(1);
});

it('rules stand first and the Demo is no reader', () => {
  const options = readerOptions(models, null);
  expect(options[0]?.value).toBe(RULES);
  expect(options.some(({ value }) => value.startsWith('demo/'))).toBe(false);
  expect(options).toHaveLength(models.length);
});

it('a kept reader that is on no list any more can still be seen', () => {
  expect(readerOptions(models, 'gone/model').map(({ value }) => value)).toContain('gone/model');
});
