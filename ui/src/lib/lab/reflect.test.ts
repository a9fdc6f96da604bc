import { describe, expect, it } from 'vitest';
import { basedOn, toolCalls } from './reflect';

describe('what a reflect rests on', () => {
  it('is read from facts, mental models and directives', () => {
    const based = basedOn({
      memories: [{ id: '1', text: 'Ana sails.', type: 'world' }, 'lies'],
      mental_models: [{ id: 'm', text: 'People' }],
      directives: [{ id: 'd', name: 'Short', content: 'Be short.' }],
    });
    expect(based.map((one) => [one.kind, one.text, one.factType])).toEqual([
      ['memory', 'Ana sails.', 'world'],
      ['mental model', 'People', null],
      ['directive', 'Be short.', null],
    ]);
  });

  it('is nothing when the server says something else', () => {
    for (const lie of [null, undefined, 'x', 7, { memories: 'all' }, []]) expect(basedOn(lie)).toEqual([]);
    expect(
      toolCalls({ tool_calls: [{ tool: 'recall', input: { q: 1 }, output: null, duration_ms: 5 }] }),
    ).toEqual([{ name: 'recall', input: '{\n  "q": 1\n}', output: '', ms: 5 }]);
    expect(toolCalls('x')).toEqual([]);
  });
});
