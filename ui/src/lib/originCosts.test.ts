// Figures by origin: each from its source, null where there is none.
import { expect, it } from 'vitest';
import type { BodyView } from '$gen/BodyView';
import type { Segment } from '$gen/Segment';
import type { ToolRun } from '$gen/ToolRun';
import type { TurnRecord } from '$gen/TurnRecord';
import { countsSaid, requestCosts } from './originCosts';

const segments: Segment[] = [
  { text: '{', origin: null, tokens: null },
  { text: 'fact', origin: { kind: 'memory', index: 1, id: 'a' }, tokens: 4 },
  { text: 'more', origin: { kind: 'memory', index: 2, id: 'b' }, tokens: 6 },
  { text: 'aGk=', origin: { kind: 'attachment', hash: 'h' }, tokens: null },
  { text: 'said', origin: { kind: 'tool_result', call_id: 'c' }, tokens: 2 },
];
const body = (price: BodyView['price']): BodyView => ({ hash: '', bytes: 0, segments, price });
const record = (over: object): TurnRecord =>
  ({ memory: { ms: 18 }, tools: [], stepEnds: [], ...over }) as unknown as TurnRecord;

it('tokens and money are sums of what was counted, and absent where nothing was', () => {
  const { rows, counted } = requestCosts(body({ usdPerMillion: 3, pricesOf: '2026-10-21' }), record({}), 0);
  const by = Object.fromEntries(rows.map((row) => [row.kind, row]));
  expect(by['memory']).toMatchObject({ tokens: 10, usd: 0.00003, ms: 18 });
  expect(by['attachment']).toMatchObject({ tokens: null, usd: null, ms: null });
  expect(by['syntax']).toMatchObject({ tokens: null, usd: null });
  expect(counted).toBe(12);
  expect(requestCosts(body(null), record({}), 0).rows.every((row) => row.usd === null)).toBe(true);
});

it('the time of memory belongs to the first request and that of tools to the one with their results', () => {
  const tools = [{ step: 0, ms: 5 } as ToolRun, { step: 0, ms: 7 } as ToolRun];
  const ms = (step: number, kind: string) =>
    requestCosts(body(null), record({ tools }), step).rows.find((row) => row.kind === kind)?.ms;
  expect([ms(0, 'memory'), ms(1, 'memory')]).toEqual([18, null]);
  expect([ms(0, 'tool_result'), ms(1, 'tool_result')]).toEqual([null, 12]);
});

it('what the provider reported is compared, never mixed in', () => {
  const ends = (input: number | null) => record({ stepEnds: [{ index: 0, usage: { input } }] });
  expect(countsSaid(requestCosts(body(null), ends(null), 0))).toBeNull();
  expect(countsSaid(requestCosts(body(null), ends(40), 0))).toContain('template');
  expect(countsSaid(requestCosts(body(null), ends(3), 0))).toContain('fewer');
});
