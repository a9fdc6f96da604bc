// Each gate has its sentence and its smallest change, and what is from the record is told apart from what was asked now.
import { describe, expect, it } from 'vitest';
import type { TurnGate } from '$gen/TurnGate';
import type { TurnWhyNot } from '$gen/TurnWhyNot';
import type { WhyChange } from '$gen/WhyChange';
import type { WhyNot } from '$gen/WhyNot';
import { usedRecord } from '../../../tests/fake/records';
import { offerOf, probeSentence, recordSentence, settingsOf, verdict } from './whyNot';

const record = usedRecord();
const late = { code: 'timeout' as const, message: 'Too slow.', retryable: true };

function told(gate: TurnGate, more: Partial<TurnWhyNot> = {}): TurnWhyNot {
  const settled = !['other_bank', 'trace', 'no_candidate', 'no_trace'].includes(gate.kind);
  return {
    gate,
    settled,
    memoryId: 'm',
    query: null,
    probe: null,
    probeError: null,
    askedAt: '2026-11-28T00:00:00Z',
    ...more,
  };
}

function probe(gate: WhyNot['gate'], changes: WhyChange[] = []): WhyNot {
  return {
    fact: null,
    bankId: 'ana',
    gate,
    steps: [],
    changes,
    request: null,
    proved: changes.length > 0,
    ownWords: null,
    recalls: 2,
  };
}

const change = (field: string, to: unknown): WhyChange => ({ field, from: null, to });

describe('the verdict', () => {
  it('takes the record’s word where the record knows', () => {
    expect(verdict(told({ kind: 'injected', place: 2, pinned: true }))).toMatchObject({ source: 'record' });
    expect(verdict(told({ kind: 'not_here', rank: 3 })).words).toContain('not relevant in this chat');
    const trace: TurnGate = { kind: 'trace', fate: { kind: 'tokens', over: 7 }, rank: 9 };
    const both = told(trace, { probe: probe({ kind: 'tokens', over: 3, rank: 9, maxTokens: 96 }) });
    expect(verdict(both)).toMatchObject({ gate: 'tokens', source: 'record' });
    expect(probeSentence(both)).toContain('3 more tokens');
  });

  it('says what was asked now as asked now, and that something changed since', () => {
    const nowhere = told({ kind: 'no_candidate', candidates: 9 }, { probe: probe({ kind: 'not_there' }) });
    expect(verdict(nowhere)).toMatchObject({ gate: 'not_there', source: 'now' });
    expect(probeSentence(nowhere)).toBeNull();
    const since = told({ kind: 'no_trace' }, { probe: probe({ kind: 'in', rank: 1 }) });
    expect(verdict(since)).toMatchObject({ gate: 'not_known', source: 'none' });
    expect(probeSentence(since)).toContain('changed since');
  });

  it('blames the query when the own words find it', () => {
    const query = { asked: 'user context', yours: 'Who sails?', rank: 1 };
    const answer = told(
      { kind: 'no_trace' },
      { query, probe: probe({ kind: 'no_lane', budget: 9, ranks: {} }) },
    );
    expect(verdict(answer)).toMatchObject({ gate: 'query', source: 'now' });
    expect(offerOf(answer, record)).toMatchObject({ settings: { query: { kind: 'last_user_message' } } });
    // The recorded query finds it now as well: then it was not the query.
    const both = { ...answer, probe: probe({ kind: 'in', rank: 1 }) };
    expect(verdict(both).gate).toBe('not_known');
  });

  it('is not known where nobody knows', () => {
    expect(verdict(told({ kind: 'not_recorded' }))).toMatchObject({ gate: 'not_known', source: 'none' });
    const unknown = probe({ kind: 'not_known', why: 'Nobody can tell.' });
    expect(verdict(told({ kind: 'no_trace' }, { probe: unknown })).words).toContain('Nobody can tell.');
    expect(verdict(told({ kind: 'no_trace' }, { probeError: late }))).toMatchObject({ source: 'none' });
  });
});

describe('the smallest change', () => {
  it('is a setting where one made the cut', () => {
    expect(offerOf(told({ kind: 'not_asked', why: 'setting' }), record)).toMatchObject({
      settings: { inject_memories: true },
    });
    expect(offerOf(told({ kind: 'not_asked', why: 'incognito' }), record)).toMatchObject({ kind: 'words' });
    expect(offerOf(told({ kind: 'failed', error: late }), record)).toMatchObject({
      settings: { recall_timeout_ms: 6000 },
    });
    const capped = record.selected[4]?.memoryId ?? '';
    expect(
      offerOf(told({ kind: 'max_memories', rank: 5, took: 4 }, { memoryId: capped }), record),
    ).toMatchObject({ settings: { max_memories: { kind: 'at', n: 5 } } });
    expect(offerOf(told({ kind: 'not_here', rank: 1 }), record)).toMatchObject({ kind: 'unhide' });
    expect(offerOf(told({ kind: 'empty_text', rank: 1 }), record)).toMatchObject({ kind: 'open' });
    expect(offerOf(told({ kind: 'other_bank', asked: 'a', holds: 'b' }), record)).toMatchObject({
      bankId: 'b',
    });
    const gone = { kind: 'pin' as const, found: { kind: 'invalidated' as const, reason: null } };
    expect(offerOf(told(gone), record)).toMatchObject({ kind: 'restore' });
    expect(offerOf(told({ kind: 'injected', place: 1, pinned: false }), record)).toBeNull();
  });

  it('reads every field of a request that a setting makes', () => {
    const made = (field: string, to: unknown) => settingsOf(change(field, to), record);
    expect(made('budget', 'high')).toEqual({ budget: 'high' });
    expect(made('max_tokens', 900)).toEqual({ max_memory_tokens: 900 });
    expect(made('types', [])).toEqual({ fact_types: [] });
    expect(made('tags', null)).toEqual({ recall_tags: [] });
    expect(made('tags_match', 'all')).toEqual({ recall_tags_match: 'all' });
    expect(made('prefer_observations', false)).toEqual({ prefer_observations: 'off' });
    expect(made('temporal_window', null)).toEqual({ temporal_window: { kind: 'none' } });
    expect(made('min_scores.final', 0.2)).toEqual({ min_scores: { final: 0.2 } });
    expect(made('min_scores.final', null)).toEqual({ min_scores: {} });
    expect(made('max_memories', 7)).toEqual({ max_memories: { kind: 'at', n: 7 } });
    expect(made('query', 'own words')).toBeNull();
  });

  it('puts several changes into one layer, and says so in words when one is no setting', () => {
    const gate: TurnGate = { kind: 'no_trace' };
    const two = probe({ kind: 'fact_type', factType: 'world', asked: ['observation'] }, [
      change('types', []),
      change('max_tokens', 99),
    ]);
    expect(offerOf(told(gate, { probe: two }), record)).toMatchObject({
      settings: { fact_types: [], max_memory_tokens: 99 },
      proved: true,
    });
    const own = probe({ kind: 'no_lane', budget: 9, ranks: {} }, [change('query', 'x')]);
    expect(offerOf(told(gate, { probe: own }), record)).toMatchObject({ kind: 'words' });
  });
});

it('every gate of a record has a sentence', () => {
  const gates: TurnGate[] = [
    { kind: 'reflected' },
    { kind: 'pin', found: { kind: 'gone' } },
    { kind: 'failed', error: late },
    { kind: 'trace', fate: { kind: 'not_known' }, rank: null },
    { kind: 'max_memories', rank: 5, took: 4 },
    { kind: 'empty_text', rank: 1 },
    { kind: 'no_candidate', candidates: 61 },
    { kind: 'no_trace' },
    { kind: 'not_recorded' },
  ];
  expect(new Set(gates.map(recordSentence)).size).toBe(gates.length);
});
