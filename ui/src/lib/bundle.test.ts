import { describe, expect, it } from 'vitest';
import type { OpenedBundle } from '$gen/OpenedBundle';
import { refusal, verdictOf } from './bundle';

describe('a bundle', () => {
  it('says of each request whether its bytes are those that were sent, and never more than was checked', () => {
    const bundle = {
      checks: [
        { step: 0, verdict: 'matches' },
        { step: 1, verdict: 'differs' },
      ],
    } as unknown as OpenedBundle;
    expect(verdictOf(bundle, 0).tone).toBe('good');
    expect(verdictOf(bundle, 1).words).toContain('does not match');
    expect(verdictOf(bundle, 7).words).toContain('Not known');
  });

  it('is not sent when it cannot be one', () => {
    expect(refusal({ name: 'a', size: 200_000_000 })).toContain('200 MB');
    expect(refusal({ name: 'a', size: 0 })).toContain('empty');
    expect(refusal({ name: 'a', size: 1000 })).toBeNull();
  });
});
