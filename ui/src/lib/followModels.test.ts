import { describe, expect, it } from 'vitest';
import type { FollowedCall } from '$gen/FollowedCall';
import type { LlmRequest } from '$gen/LlmRequest';
import { fold, NOTHING, rows } from './follow';
import { lines } from './followList';
import {
  MOST_MODELS,
  NO_MODELS,
  causes,
  causeWords,
  foldModels,
  modelsNotShown,
  runsOf,
} from './followModels';
import { runs, tokenWords } from './llmRuns';

const second = (n: number) => new Date(Date.UTC(2026, 10, 28, 10, 0, n)).toISOString();
const model = (id: string, began: number, more: Partial<LlmRequest> = {}): LlmRequest => ({
  id,
  operation: 'recall',
  scope: 'rerank',
  traceId: `run ${id}`,
  spanId: null,
  parentSpanId: null,
  provider: null,
  model: null,
  status: 'success',
  startedAt: second(began),
  endedAt: null,
  durationMs: 10,
  inputTokens: null,
  outputTokens: null,
  cachedTokens: null,
  thoughtsTokens: null,
  totalTokens: null,
  input: null,
  output: null,
  error: null,
  llmInfo: null,
  metadata: null,
  ...more,
});
const call = (id: string, from: number, to: number, more: Partial<FollowedCall> = {}): FollowedCall => ({
  id,
  kind: 'recall',
  action: 'recall',
  transport: 'http',
  startedAt: second(from),
  endedAt: second(to),
  durationMs: (to - from) * 1000,
  who: null,
  query: 'Where?',
  answer: { kind: 'memories', count: 1 },
  documents: [],
  own: null,
  unread: null,
  ...more,
});
const retain = (id: string, from: number, document: string) =>
  call(id, from, from, { kind: 'retain', action: 'retain', documents: [document] });
const extraction = (id: string, began: number, document: string) =>
  model(id, began, { operation: 'retain', metadata: { document_id: document } });

describe('the cause of a run', () => {
  it('is the retain of its document, however late the extraction runs', () => {
    const told = causes(runs([extraction('a', 50, 'd1')]), [retain('r', 1, 'd1'), retain('q', 2, 'd2')]);
    expect(told.get('run a')).toEqual({ callId: 'r', by: 'document', fits: 1 });
  });

  it('is not known when the document was stored twice, later, or by nobody that the log names', () => {
    const run = runs([extraction('a', 50, 'd1')]);
    const twice = causes(run, [retain('r', 1, 'd1'), retain('q', 2, 'd1')]).get('run a');
    expect(twice).toEqual({ callId: null, by: null, fits: 2 });
    expect(twice && causeWords(twice)).toBe('which call caused it: not known, 2 fit');
    expect(causes(run, [retain('r', 60, 'd1')]).get('run a')?.callId).toBeNull();
    expect(causes(run, []).get('run a')?.fits).toBe(0);
  });

  it('is worked out from operation and time where nothing else fits, and says so', () => {
    const told = causes(runs([model('a', 5)]), [call('c', 4, 6), call('d', 7, 9)]);
    expect(told.get('run a')).toEqual({ callId: 'c', by: 'time', fits: 1 });
    expect(
      causes(runs([model('a', 5, { operation: 'consolidation' })]), [call('c', 4, 6)]).get('run a'),
    ).toEqual({
      callId: null,
      by: null,
      fits: 0,
    });
  });

  it('stays open when two calls fit a run, or two runs fit a call', () => {
    const run = runs([model('a', 5)]);
    expect(causes(run, [call('c', 4, 6), call('d', 3, 9)]).get('run a')?.callId).toBeNull();
    const both = causes(runs([model('a', 5), model('b', 5)]), [call('c', 4, 6)]);
    expect([...both.values()].map(({ callId }) => callId)).toEqual([null, null]);
  });
});

describe('the list', () => {
  it('has a run below the call that caused it and one without a cause by itself, by time', () => {
    const rowsOf = [call('new', 20, 22), call('old', 4, 6)];
    const all = runs([model('a', 5), model('free', 10), model('b', 21)]);
    const bank = {
      ref: { serverId: 's', bankId: 'b' },
      rows: rowsOf,
      runs: all,
      causes: causes(all, rowsOf),
    };
    const order = lines([bank]).map((line) => (line.kind === 'call' ? line.call.id : line.run.id));
    expect(order).toEqual(['new', 'run b', 'run free', 'old', 'run a']);
  });

  it('keeps 500 of 2,000 calls and whole runs of models, and says what it let go', () => {
    let following = NOTHING;
    let models = NO_MODELS;
    for (let page = 0; page < 40; page += 1) {
      const ns = Array.from({ length: 50 }, (_, n) => page * 50 + n).reverse();
      following = fold(following, {
        calls: ns.map((n) => call(`c${n}`, n, n)),
        from: page === 0 ? null : second(page * 50 - 1),
        total: page === 0 ? 50 : 51,
        kept: true,
        keptError: null,
        models: null,
        modelsOff: null,
        modelsError: null,
      });
      models = foldModels(models, {
        items: ns.map((n) => model(`m${n}`, n, { traceId: `t${Math.floor(n / 7)}` })),
        mark: { from: page === 0 ? null : second(page * 50 - 1), total: page === 0 ? 50 : 51 },
      });
    }
    expect(rows(following)).toHaveLength(500);
    expect(following.dropped).toBe(1500);
    expect(models.calls.size).toBeLessThanOrEqual(MOST_MODELS);
    // The last run of 2,000 has five calls, all others that are kept have seven.
    expect(new Set(runsOf(models).map(({ spans }) => spans.length))).toEqual(new Set([5, 7]));
    expect(models.dropped + models.calls.size).toBe(2000);
    expect(modelsNotShown(models).join(' ')).toContain('older model calls let go');
  });
});

describe('a look into the log of model calls', () => {
  it('counts earlier ones and a gap, and a look that says nothing came changes nothing', () => {
    const mark = { from: null, total: 9, newest: '1', newestAt: second(5) };
    let models = foldModels(NO_MODELS, { items: [model('1', 5), model('0', 4)], mark });
    expect([models.earlier, models.missed]).toEqual([7, 0]);
    expect([...models.partial]).toEqual(['run 0']);
    models = foldModels(models, { items: [], mark });
    expect([models.calls.size, models.missed]).toEqual([2, 0]);
    const later = { from: second(1), total: 40, newest: '9', newestAt: second(9) };
    models = foldModels(models, { items: [model('9', 9)], mark: later });
    expect(models.missed).toBe(40 - 3 - 7);
    expect(modelsNotShown(models).join(' ')).toContain('at least 30 more came faster');
  });

  it('tells tokens that nobody tells apart from none', () => {
    expect(tokenWords(null, null)).toBe('not told');
    expect(tokenWords(0, 0)).toBe('0 → 0');
    expect(runs([model('a', 1)])[0]?.tokens).toEqual({ input: null, output: null, cached: null });
    expect(runs([model('a', 1, { durationMs: null })])[0]?.timed).toBe(false);
  });
});
