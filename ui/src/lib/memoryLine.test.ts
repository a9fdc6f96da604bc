import { expect, it } from 'vitest';
import type { MemoryStatus } from '$gen/MemoryStatus';
import { engine as fake, restart } from '../../tests/fake/engine';
import { memoryLine } from './memoryLine';

const on: MemoryStatus = {
  server: 'Home',
  bank: { serverId: 's', bankId: 'ana', decision: { by: 'server' } },
  bankError: null,
  injectOff: null,
  storeOff: null,
  health: { ok: true, error: null, at: '2026-11-20T10:00:00.000Z' },
  waiting: 0,
  failed: 0,
};

it('says server and bank when memory is on', () => {
  expect(memoryLine(on)).toEqual({ state: 'on', words: 'Memory on', detail: 'Home · ana', outbox: '' });
});

it('says why memory is off', () => {
  expect(memoryLine({ ...on, injectOff: 'incognito', storeOff: 'incognito' })).toMatchObject({
    state: 'off',
    detail: 'this chat is incognito',
  });
});

it('tells the two halves apart', () => {
  expect(memoryLine({ ...on, injectOff: 'setting' }).words).toBe('Stores, does not recall');
  expect(memoryLine({ ...on, storeOff: 'setting' }).words).toBe('Recalls, does not store');
});

it('says that the server does not answer, in its words', () => {
  const error = {
    code: 'networkUnreachable' as const,
    message: 'Home could not be reached.',
    retryable: true,
  };
  expect(memoryLine({ ...on, health: { ok: false, error, at: '' } })).toMatchObject({
    state: 'trouble',
    detail: 'Home could not be reached.',
  });
});

it('counts what waits and what failed', () => {
  expect(memoryLine({ ...on, waiting: 1, failed: 2 }).outbox).toBe(
    '1 turn waiting to be stored, 2 not stored',
  );
});

it('says that the memory on this computer is starting, loading or degraded', () => {
  restart();
  const here = { ...on, server: 'This computer' };
  const words = (state: 'starting' | 'loading_model' | 'degraded' | 'ready') =>
    memoryLine(here, { ...fake, state }).words;
  expect(words('starting')).toBe('Memory is starting');
  expect(words('loading_model')).toBe('Memory on, loading');
  expect(words('degraded')).toBe('Memory on, degraded');
  expect(words('ready')).toBe('Memory on');
  expect(memoryLine(here, fake).detail).toBe('This computer · ana');
});

it('says why the memory on this computer is offline', () => {
  restart();
  const error = { code: 'diskFull' as const, message: 'The disk is full.', retryable: false };
  expect(memoryLine(on, { ...fake, state: 'offline', error })).toMatchObject({
    state: 'trouble',
    words: 'Memory is offline',
    detail: 'The disk is full.',
  });
});
