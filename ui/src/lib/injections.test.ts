import { describe, expect, it } from 'vitest';
import type { InjectionView } from '$gen/InjectionView';
import {
  EMPTY_FORM,
  asTable,
  costWords,
  faultOf,
  filterOf,
  lookedWords,
  narrows,
  outcomeWords,
  typed,
} from './injections';

const form = (change: Partial<typeof EMPTY_FORM>) => ({ ...EMPTY_FORM, ...change });

describe('the form of the history', () => {
  it('narrows nothing while it is empty', () => {
    expect(filterOf(EMPTY_FORM, null)).toEqual({});
    expect(narrows(EMPTY_FORM)).toBe(false);
    expect(narrows(form({ text: '  ' }))).toBe(false);
    expect(narrows(form({ cost: 'unknown' }))).toBe(true);
  });

  it('tells an id from words', () => {
    expect(typed('id: fact-1')).toEqual({ memoryId: 'fact-1' });
    expect(typed('0c7df705-6fec-7a00-8000-000000000001')).toEqual({
      memoryId: '0c7df705-6fec-7a00-8000-000000000001',
    });
    expect(typed('lisbon ')).toEqual({ words: 'lisbon ' });
    expect(typed('id:')).toBeNull();
  });

  it('keeps what is not known apart from any number', () => {
    expect(filterOf(form({ cost: 'unknown', costFrom: 0 }), null)).toEqual({ cost: { kind: 'unknown' } });
    expect(filterOf(form({ costTo: 0 }), null)).toEqual({
      cost: { kind: 'known', from: null, to: 0, estimated: null },
    });
    expect(filterOf(form({ cost: 'reported' }), null)?.cost).toMatchObject({ estimated: false });
    expect(filterOf(form({ memory: 'unknown' }), null)).toEqual({ memory: { kind: 'unknown' } });
    expect(filterOf(form({ memory: 'off:incognito' }), null)).toEqual({
      memory: { kind: 'off', why: 'incognito' },
    });
    expect(filterOf(form({ memory: 'used' }), null)).toEqual({ memory: { kind: 'used', at_least: 1 } });
  });

  it('reads days to their end and refuses what is no day', () => {
    expect(filterOf(form({ from: '2026-05-01', until: '2026-05-31' }), null)).toEqual({
      from: '2026-05-01T00:00:00.000Z',
      until: '2026-06-01T00:00:00.000Z',
    });
    expect(faultOf(form({ from: 'soon' }))).toContain('“soon” is no date');
    expect(filterOf(form({ from: 'soon' }), null)).toBeNull();
    expect(faultOf(form({ from: '2026-06', until: '2026-05' }))).toContain('after');
    expect(faultOf(form({ costFrom: 2, costTo: 1 }))).toContain('above');
  });

  it('looks at the bank of the view before its own', () => {
    expect(filterOf(form({ bank: 's\nb' }), null)).toEqual({ serverId: 's', bankId: 'b' });
    expect(filterOf(form({ bank: 's\nb' }), { serverId: 'x', bankId: 'y' })).toEqual({
      serverId: 'x',
      bankId: 'y',
    });
  });
});

describe('a row of the history', () => {
  it('writes estimates with a sign and unknown costs in words', () => {
    expect(costWords(null)).toBe('not known');
    expect(costWords({ usd: 0.25, pricesOf: 'x', estimated: false })).toBe('$0.25');
    expect(costWords({ usd: 0.25, pricesOf: 'x', estimated: true })).toBe('~$0.25');
    expect(outcomeWords(null)).toBe('not known');
    expect(outcomeWords({ kind: 'used', count: 3, tokens: 1 })).toBe('3 used');
    expect(lookedWords(4, 4)).toBe('looked for in each');
    expect(lookedWords(4, 1)).toBe('looked for in 1, not known in 3');
  });

  it('is one line of a table whatever stands in it', () => {
    const row = {
      turn: {
        id: 't',
        startedAt: 'x',
        model: 'm',
        memory: null,
        cost: null,
        state: 'finished',
        retain: null,
      },
      serverId: null,
      bankId: null,
      title: 'a\tb',
      question: 'two\nlines',
    } as unknown as InjectionView;
    const [head, line, ...rest] = asTable([row]).split('\n');
    expect(rest).toEqual([]);
    expect(line?.split('\t').length).toBe(head?.split('\t').length);
    expect(line).toContain('two lines');
  });
});
