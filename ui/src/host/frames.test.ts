import { describe, expect, it } from 'vitest';
import { asError } from './failure';
import { SseCutter, readFrame } from './frames';

describe('messages of a stream', () => {
  it('are items, an end or a failure', () => {
    expect(readFrame('{"item":{"a":1}}')).toEqual({ kind: 'item', item: { a: 1 } });
    expect(readFrame('"end"')).toEqual({ kind: 'end', failure: null });
    const failed = readFrame('{"error":{"code":"timeout","message":"Too late.","retryable":true}}');
    expect(failed.kind === 'end' && failed.failure?.error.code).toBe('timeout');
  });

  it('end the stream when they cannot be read', () => {
    for (const text of ['', '{', '7', '{"else":1}']) {
      const frame = readFrame(text);
      expect(frame.kind === 'end' && frame.failure?.error.code).toBe('internal');
    }
  });
});

describe('server-sent events', () => {
  it('are cut the same wherever the pieces break', () => {
    const text = ': hello\n\ndata: {"a":\ndata: 1}\n\nevent: x\r\ndata:"end"\r\n\r\ndata: rest';
    for (let at = 1; at < text.length; at += 1) {
      const cutter = new SseCutter();
      expect([...cutter.push(text.slice(0, at)), ...cutter.push(text.slice(at))]).toEqual([
        '{"a":\n1}',
        '"end"',
      ]);
    }
  });
});

describe('anything thrown', () => {
  it('becomes the one error shape', () => {
    expect(asError('{"code":"notFound","message":"Gone.","retryable":false}').code).toBe('notFound');
    expect(asError('plain words')).toMatchObject({ code: 'internal', message: 'plain words' });
    expect(asError(new TypeError('Load failed')).message).toBe('Load failed');
    expect(asError(undefined).code).toBe('internal');
  });
});
