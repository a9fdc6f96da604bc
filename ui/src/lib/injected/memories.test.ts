// The four marks stay four, ranks move as they did, and folding loses nobody.
import type { InfluenceMark } from '$gen/InfluenceMark';
import { describe, expect, it } from 'vitest';
import { usedRecord } from '../../../tests/fake/records';
import { candidates, type Candidate } from '$lib/record';
import type { Stages } from '$gen/Stages';
import {
  echoOf,
  echoWords,
  folded,
  litPieces,
  marks,
  marksOfClient,
  movement,
  moveText,
  notReturned,
} from './memories';

const record = usedRecord();
const all = candidates(record);
const at = (n: number) => all[n] as Candidate;
const words = (candidate: Candidate, influence: Parameters<typeof marks>[2] = null, of = record) =>
  marks(candidate, of, influence).map((one) => `${one.word}: ${one.state}`);

describe('the marks', () => {
  it('are four, each from its own source', () => {
    expect(words(at(0))).toEqual([
      'retrieved: yes',
      'injected: yes',
      'echoed: yes',
      'influence not tried: unknown',
    ]);
    const inert: InfluenceMark = {
      memoryId: 'm',
      verdict: 'inert',
      with: [],
      samples: 2,
      away: 0,
      own: null,
      anecdote: true,
    };
    expect(words(at(1), inert)).toEqual(['retrieved: yes', 'injected: yes', 'not echoed: no', 'inert: no']);
    // A mark from replays says how many there were.
    expect(marks(at(1), record, inert).at(-1)?.about).toContain('2 answers without it: an anecdote');
    expect(words(at(4))).toEqual([
      'retrieved: yes',
      'not injected: no',
      'not echoed: no',
      'influence not tried: unknown',
    ]);
    expect(marks(at(0), record, null)[2]?.about).toContain('vegetarian');
  });

  it('of another client’s memory end with what its log tells', () => {
    expect(marksOfClient(at(0)).map((one) => `${one.word}: ${one.state}`)).toEqual([
      'retrieved: yes',
      'injection not known: unknown',
      'echo not known: unknown',
      'influence not known: unknown',
    ]);
  });

  it('say not known where nobody looked', () => {
    expect(words(at(0), null, { ...record, echoed: null })[2]).toBe('echo not known: unknown');
    expect(words(at(0), null, { ...record, echoed: null, answer: null })[2]).toBe('echo not known: unknown');
    const pinned: Candidate = { ...at(0), memory: { ...at(0).memory, id: 'p', rank: 0 }, pinned: true };
    expect(words(pinned)[0]).toBe('not retrieved: no');
    const failed = {
      ...record,
      memory: record.memory && {
        ...record.memory,
        memories: [],
        error: { code: 'timeout' as const, message: 'slow', retryable: true },
      },
    };
    expect(words(pinned, null, failed)[0]).toBe('recall failed: unknown');
  });

  it('of a turn that is paused are not decided, and of one that was stopped there are no', () => {
    const held = { why: [], since: 's', memoryIds: [], paragraph: null, added: '', block: '', tokens: 0 };
    const paused = { ...record, selected: [], injected: null, answer: null, pause: { ...held, end: null } };
    const waiting = candidates(paused)[0] as Candidate;
    expect(words(waiting, null, paused).slice(1, 3)).toEqual([
      'not decided: unknown',
      'echo not known: unknown',
    ]);
    const edits = { noMemory: false, without: [], edited: {}, paragraph: null, added: null };
    const end = { at: 'e', ms: 1, how: 'stopped' as const, edits };
    const stopped = { ...paused, pause: { ...held, end } };
    expect(words(waiting, null, stopped).slice(1, 3)).toEqual(['not injected: no', 'not echoed: no']);
  });

  it('name what came back, names first', () => {
    expect(echoWords(echoOf(record, at(2).memory.id))).toEqual(['Lisbon', '2027']);
    expect(echoWords(echoOf(record, 'nobody'))).toEqual([]);
  });
});

describe('the movement', () => {
  const staged = {
    id: 'a',
    text: 'x',
    factType: 'world' as const,
    arms: {
      semantic: { rank: 3, kindRank: 2, score: 0.612345678, scoreName: 'similarity' },
      bm25: { rank: 7, kindRank: 4, score: 4.2, scoreName: 'bm25_score' },
    },
    fusedRank: 4,
    fusedScore: 0.0311,
    rank: 1,
    score: 0.91,
    factors: [],
    parts: [],
    repeats: null,
    tokens: 3,
    fate: { kind: 'answered' as const, rank: 1 },
  };
  const lost = { ...staged, id: 'b', rank: 2, fate: { kind: 'tokens' as const, over: 7 } };
  const stages: Stages = {
    make: 'reranked',
    query: null,
    arms: [{ method: 'graph', factType: 'world', count: 0, seconds: null }],
    candidates: [staged, lost],
    phases: [],
    seconds: null,
    tokens: 3,
    maxTokens: null,
    most: null,
  };

  it('goes from arm to block with raw scores', () => {
    const rows = movement(staged, stages, 2).map((one) => [one.stage, one.rank, one.score, moveText(one.by)]);
    expect(rows).toEqual([
      ['Semantic', 3, 0.612345678, ''],
      ['Keyword', 7, 4.2, ''],
      ['Graph', null, null, ''],
      ['Fusion', 4, 0.0311, 'down 1'],
      ['Rerank', 1, 0.91, 'up 3'],
      ['Answer', 1, null, 'same'],
      ['Block', 2, null, 'down 1'],
    ]);
  });

  it('has the block alone where there is no trace', () => {
    expect(movement(null, null, 1)).toEqual([
      { stage: 'Block', rank: 1, score: null, scoreName: '', by: null },
    ]);
  });

  it('lists who was found and not returned', () => {
    expect(notReturned(stages).map((one) => one.id)).toEqual(['b']);
    expect(notReturned(null)).toEqual([]);
  });
});

it('folding puts the others under the first and loses nobody', () => {
  const [a, b, c, d] = [0, 1, 2, 3].map((n) => at(n).memory.id);
  const rows = folded(all, [
    [a, c],
    [b, d],
  ] as string[][]);
  expect(rows.map((row) => [row.first.memory.id, row.others.length])).toEqual([
    [a, 1],
    [b, 1],
    [at(4).memory.id, 0],
  ]);
  expect(folded(all, [])).toHaveLength(5);
  // A group whose first stands elsewhere folds under the first that is here.
  expect(folded(all.slice(2), [[a, c, d]] as string[][])).toHaveLength(2);
});

it('lit pieces spell the text and are whole words', () => {
  const text = 'Ana lives in Lisbon, not in Lisbona. (LISBON)';
  const pieces = litPieces(text, ['Lisbon', 'a.a']);
  expect(pieces.map((one) => one.text).join('')).toBe(text);
  expect(pieces.filter((one) => one.lit).map((one) => one.text)).toEqual(['Lisbon', 'LISBON']);
  expect(litPieces('豆腐料理です', ['豆腐料理']).map((one) => one.lit)).toEqual([true, false]);
  expect(litPieces('x', [])).toEqual([{ text: 'x', lit: false }]);
});
