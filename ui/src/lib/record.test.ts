// Words and counts of the injected panel.
import { describe, expect, it } from 'vitest';
import type { TurnRecord } from '$gen/TurnRecord';
import type { MemoryCall } from '$gen/MemoryCall';
import type { RecalledMemory } from '$gen/RecalledMemory';
import type { Error as Fault } from '$gen/Error';
import * as record from './record';

const fault: Fault = { code: 'timeout', message: 'Too slow.', retryable: true };

function memory(id: string, more: Partial<RecalledMemory> = {}): RecalledMemory {
  return {
    id,
    text: `text of ${id}`,
    factType: 'world',
    entities: [],
    context: null,
    occurredStart: null,
    occurredEnd: null,
    mentionedAt: null,
    documentId: null,
    chunkId: null,
    tags: [],
    metadata: {},
    scores: { final: null, reranker: null, semantic: null, keyword: null },
    rank: 1,
    arms: {},
    tokens: 3,
    ...more,
  };
}

function empty(): TurnRecord {
  return {
    turnId: 't',
    chatId: 'c',
    startedAt: '2026-11-20T10:00:00.000Z',
    resolved: null,
    query: null,
    memory: null,
    selected: [],
    injected: null,
    outcome: null,
    own: null,
    steps: [],
    stepEnds: [],
    tools: [],
    answer: null,
    retained: null,
    pinned: [],
    echoed: null,
  };
}

const call: MemoryCall = {
  mode: 'recall',
  request: {},
  ms: 18,
  memories: [memory('a'), memory('b'), memory('c')],
  trace: null,
  reflect: null,
  ignoredParams: [],
  keptFrom: null,
  error: null,
};

function recalled(): TurnRecord {
  return {
    ...empty(),
    memory: call,
    selected: [
      { memoryId: 'a', gate: null, pinned: false },
      { memoryId: 'b', gate: 'empty_text', pinned: false },
      { memoryId: 'c', gate: null, pinned: false },
    ],
    injected: { placement: 'own_block', placed: 'here', block: 'B', tokens: 212 },
    outcome: { kind: 'used', count: 2, tokens: 212 },
  };
}

describe('the head', () => {
  it('counts injected of recalled', () => {
    expect(record.head(recalled())).toEqual({
      injected: 2,
      pinned: 0,
      recalled: 3,
      tokens: 212,
      paragraph: false,
    });
  });

  it('counts what is pinned and was not recalled apart, and places it first', () => {
    const pinned = recalled();
    pinned.pinned = [
      { memoryId: 'p', text: 'old', found: { kind: 'there' }, memory: memory('p', { rank: 0 }) },
    ];
    pinned.selected = [
      { memoryId: 'p', gate: null, pinned: true },
      { memoryId: 'c', gate: null, pinned: true },
      { memoryId: 'a', gate: 'not_here', pinned: false },
    ];
    expect(record.head(pinned)).toMatchObject({ injected: 2, pinned: 1, recalled: 3 });
    const told = record.candidates(pinned).map((one) => [one.memory.id, one.place, one.pinned, one.decided]);
    expect(told).toEqual([
      ['p', 1, true, true],
      ['c', 2, true, true],
      ['a', null, false, true],
      ['b', null, false, false],
    ]);
    expect(record.gateWords('not_here', pinned)).toContain('not relevant in this chat');
    pinned.outcome = { kind: 'failed', error: fault };
    expect(record.outcomeSaid(pinned).words).toContain('Only what is pinned');
  });

  it('says that the number recalled is not known when recall failed', () => {
    const failed = recalled();
    failed.memory = { ...call, memories: [], error: fault };
    failed.injected = null;
    expect(record.head(failed)).toMatchObject({ injected: 0, recalled: null });
  });

  it('counts reflect as one paragraph', () => {
    const reflected = recalled();
    reflected.memory = { ...call, mode: 'reflect', memories: [] };
    reflected.selected = [];
    reflected.outcome = { kind: 'used', count: 1, tokens: 212 };
    expect(record.head(reflected)).toMatchObject({ injected: 1, recalled: null, paragraph: true });
  });
});

describe('the outcome', () => {
  it('tells nothing found, a new bank, failure and off apart', () => {
    const said = (outcome: TurnRecord['outcome']): string =>
      record.outcomeSaid({ ...empty(), outcome }).words;
    const all = [
      said({ kind: 'empty', new_bank: false }),
      said({ kind: 'empty', new_bank: true }),
      said({ kind: 'failed', error: fault }),
      said({ kind: 'off', why: 'incognito' }),
      said({ kind: 'off', why: 'no_server' }),
      said(null),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('does not claim that memory is still being asked once the turn has ended', () => {
    const ended = empty();
    ended.answer = {
      messageId: 'm',
      state: 'interrupted',
      finish: null,
      usage: { input: null, output: null, cacheRead: null, cacheWrite: null, reasoning: null },
      firstTokenMs: null,
      totalMs: 3,
      error: null,
    };
    expect(record.outcomeSaid(ended).words).toContain('Not known');
  });
});

it('what is decided not to be done is said before it is not done', () => {
  const resolved = { injectOff: 'incognito', storeOff: 'incognito' } as unknown as TurnRecord['resolved'];
  const undone = { ...empty(), resolved };
  expect(record.outcomeSaid(undone).words).toContain('incognito');
  expect(record.storeSaid(undone, 0)?.words).toContain('incognito');
  expect(record.storeSaid(empty(), 0)).toBeNull();
});

describe('a pause', () => {
  const held = { why: [], since: 's', memoryIds: ['a'], paragraph: null, added: '', block: 'B', tokens: 1 };
  const edits = {
    noMemory: false,
    without: ['b'],
    edited: { a: 'other words' },
    paragraph: null,
    added: null,
  };
  const ended = (how: 'went_on' | 'stopped') => ({ ...held, end: { at: 'e', ms: 9, how, edits } });

  it('is told while it waits and when it was stopped; a record without one says nothing of it', () => {
    const said = (pause?: TurnRecord['pause']) =>
      record.outcomeSaid({ ...empty(), ...(pause && { pause }) }).words;
    expect(said({ ...held, end: null })).toBe('Paused at a breakpoint: nothing has been sent');
    expect(said(ended('stopped'))).toBe('Stopped at a breakpoint: nothing was sent');
    expect(said(ended('went_on'))).not.toContain('breakpoint');
    expect(said()).not.toContain('breakpoint');
  });

  it('shows a reworded memory with the words that were sent beside its own', () => {
    const call = { mode: 'recall', request: {}, ms: 1, trace: null, reflect: null, ignoredParams: [] };
    const after: TurnRecord = {
      ...empty(),
      memory: { ...call, memories: [memory('a'), memory('b')], keptFrom: null, error: null } as MemoryCall,
      selected: [
        { memoryId: 'a', gate: null, pinned: false },
        { memoryId: 'b', gate: 'by_hand', pinned: false },
      ],
      injected: { block: 'other words', tokens: 2, placed: 'x', count: 1 } as never,
      pause: ended('went_on'),
    };
    expect(record.candidates(after).map((one) => [one.memory.text, one.ownWords, one.place])).toEqual([
      ['other words', 'text of a', 1],
      ['text of b', null, null],
    ]);
    expect(record.gateWords('by_hand', after)).toContain('by hand');
  });
});

describe('the candidates', () => {
  it('number the block in order and leave out what a gate stopped', () => {
    expect(record.candidates(recalled()).map((one) => [one.memory.id, one.place, one.gate])).toEqual([
      ['a', 1, null],
      ['b', null, 'empty_text'],
      ['c', 2, null],
    ]);
  });

  it('are undecided until the selection is there', () => {
    const early = { ...recalled(), selected: [], injected: null };
    expect(record.candidates(early).every((one) => !one.decided && one.place === null)).toBe(true);
  });
});

describe('a memory', () => {
  it('names arms by rank and calls bm25 keyword', () => {
    expect(record.armsText({ graph: 9, bm25: 4, semantic: 1 })).toBe('semantic 1 · keyword 4 · graph 9');
  });

  it('shows raw scores without rounding and leaves out those that are not there', () => {
    const rows = record.scoreRows({ final: 0.123456789, reranker: null, semantic: 0, keyword: null });
    expect(rows).toEqual([
      { name: 'final', value: '0.123456789' },
      { name: 'semantic', value: '0' },
    ]);
  });

  it('labels when it happened apart from when it was mentioned', () => {
    const rows = record.dateRows(
      memory('a', { occurredStart: '2026-01-01', occurredEnd: '2026-01-01', mentionedAt: '2026-02-02' }),
    );
    expect(rows.map((row) => [row.label, row.from, row.to])).toEqual([
      ['happened', '2026-01-01', null],
      ['mentioned', '2026-02-02', null],
    ]);
  });
});

describe('the countdown', () => {
  const now = Date.parse('2026-11-20T10:00:00.000Z');
  it.each([
    ['2026-11-20T10:00:40.000Z', 'in 40 s'],
    ['2026-11-20T10:00:39.100Z', 'in 40 s'],
    ['2026-11-20T10:03:20.000Z', 'in 3 min 20 s'],
    ['2026-11-20T10:05:00.000Z', 'in 5 min'],
    ['2026-11-20T12:30:00.000Z', 'in 2 h 30 min'],
    ['2026-11-20T10:00:00.000Z', 'now'],
    ['2026-11-20T09:00:00.000Z', 'now'],
    ['no time at all', 'now'],
  ])('to %s reads “%s”', (at, words) => expect(record.until(at, now)).toBe(words));

  it('stands in the words of a waiting retain, and not before the first try', () => {
    const state = {
      state: 'queued',
      next_try_at: '2026-11-20T10:00:40.000Z',
      attempts: 2,
      last_error: null,
    } as const;
    expect(record.retainSaid(state, now).words).toBe('Waiting, next try in 40 s');
    expect(record.retainSaid({ ...state, attempts: 0 }, now).words).not.toContain('40');
  });
});

it('usage that was not reported stays apart from zero', () => {
  const rows = record.usageRows({ input: 10, output: 0, cacheRead: null, cacheWrite: null, reasoning: null });
  expect(rows.map((row) => row.value)).toEqual([10, null, null, 0, null]);
});

describe('reflect', () => {
  it('reads what it is based on, and survives shapes it does not know', () => {
    const groups = record.basis({
      memories: [{ id: 'a', text: 'fact' }],
      directives: [{ id: 'd', name: 'n', content: 'c' }],
      mental_models: [],
      odd: 'text',
    });
    expect(groups).toEqual([
      { name: 'memories', items: [{ id: 'a', text: 'fact' }] },
      { name: 'directives', items: [{ id: 'd', text: 'c' }] },
    ]);
    for (const odd of [null, undefined, 'x', 3, [], { memories: [null, 7, {}] }])
      expect(() => record.basis(odd)).not.toThrow();
  });

  it('reads the tools it called, and nothing from a trace of another shape', () => {
    expect(record.reflectTools({ tool_calls: [{ tool: 'recall', input: {}, duration_ms: 5 }] })).toEqual([
      { tool: 'recall', input: {}, output: undefined, ms: 5 },
    ]);
    for (const odd of [null, {}, { tool_calls: 'x' }, { tool_calls: [null] }])
      expect(record.reflectTools(odd)).toEqual([]);
  });
});
