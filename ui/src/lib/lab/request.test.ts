import { describe, expect, it } from 'vitest';
import { alike, at, curl, differing, parsed, withValue } from './request';

describe('a field by its path', () => {
  it('is read through objects and lists, and is nothing where there is none', () => {
    const request = { min_scores: { final: 0.5 }, items: [{ tags: ['a'] }] };
    expect(at(request, 'min_scores.final')).toBe(0.5);
    expect(at(request, 'items.0.tags')).toEqual(['a']);
    expect(at(request, 'include.chunks.max_tokens')).toBeUndefined();
  });

  it('is set on a copy, and an object that becomes empty goes', () => {
    const request = { query: 'q' };
    const floored = withValue(request, 'min_scores.final', 0.5);
    expect(floored).toEqual({ query: 'q', min_scores: { final: 0.5 } });
    expect(withValue(floored, 'min_scores.final', undefined)).toEqual({ query: 'q' });
    expect(withValue({ include: {} }, 'include.entities', null)).toEqual({ include: { entities: null } });
    expect(withValue({ items: [{ content: 'a' }] }, 'items.0.content', 'b')).toEqual({
      items: [{ content: 'b' }],
    });
    expect(request).toEqual({ query: 'q' });
  });
});

describe('what differs from the default', () => {
  it('is told by path, whatever the order of fields', () => {
    const usual = { budget: 'mid', temporal_window: { start: 'a', end: 'b' } };
    const request = { temporal_window: { end: 'b', start: 'a' }, budget: 'low', tags: ['x'] };
    expect(differing(request, usual, ['budget', 'temporal_window', 'tags', 'types'])).toEqual([
      'budget',
      'tags',
    ]);
    expect(alike(null, undefined)).toBe(false);
  });
});

describe('curl', () => {
  it('carries hostile words as one argument and never a key', () => {
    const line = curl("http://x/v1/it's", { query: "'; rm -rf / #$(x)\n" }, true);
    expect(line).toContain(String.raw`'http://x/v1/it'\''s'`);
    expect(line).toContain(String.raw`-d '{"query":"'\''; rm -rf / #$(x)\n"}'`);
    expect(line).toContain('$HINDSIGHT_API_KEY');
    expect(curl('http://x', {}, false)).not.toContain('Authorization');
  });
});

describe('JSON that was typed', () => {
  it('is a value, nothing, or a reason', () => {
    expect(parsed(' ')).toEqual({ value: undefined });
    expect(parsed('[1]')).toEqual({ value: [1] });
    expect(parsed('[1')).toHaveProperty('error');
  });
});
