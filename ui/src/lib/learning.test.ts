import { describe, expect, it } from 'vitest';
import { LEARNING, learningMode, withLearning } from './learning';
import type { Layers } from './overrides';

const over = (layer: object): Layers => [{ level: 'chat', layer }];

describe('the four ways to learn', () => {
  it('each one is read back as it was set, over any other', () => {
    for (const from of LEARNING) {
      for (const to of LEARNING) {
        const layer = withLearning(withLearning({}, [], from.value), [], to.value);
        expect(learningMode(over(layer)), `${from.value} to ${to.value}`).toBe(to.value);
      }
    }
  });

  it('leaves nothing behind that is the same without it', () => {
    expect(withLearning(withLearning({}, [], 'off'), [], 'automatic')).toEqual({});
    expect(withLearning(withLearning({}, [], 'read_only'), [], 'automatic')).toEqual({});
  });

  it('says the opposite of the layers below where it has to', () => {
    const below: Layers = [{ level: 'bank', layer: { store_conversations: false } }];
    const layer = withLearning({}, below, 'ask_first');
    expect(layer).toEqual({ store_conversations: true, ask_before_retaining: true });
    expect(learningMode([...below, { level: 'chat', layer }])).toBe('ask_first');
  });

  it('settings that were set one by one have no mode', () => {
    expect(learningMode(over({ inject_memories: false }))).toBeNull();
    expect(learningMode(over({ store_conversations: false, memory_tools: true }))).toBeNull();
  });

  it('read-only takes the tool that stores away as well', () => {
    expect(withLearning({ memory_tools: true }, [], 'read_only')).toMatchObject({ retain_tool: false });
  });
});
