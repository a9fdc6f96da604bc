// Values of any shape become texts, and lose nothing.
import { expect, it } from 'vitest';
import { asText, isEmpty } from './asText';

it('chat messages read one below the other', () => {
  const value = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: '<b>Hi</b>' },
  ];
  expect(asText(value)).toBe('── system\nBe brief.\n\n── user\n<b>Hi</b>');
});

it('messages with more in them than text stay JSON, so that nothing is hidden', () => {
  const value = [{ role: 'assistant', content: '', tool_calls: [{ id: 'x' }] }];
  expect(JSON.parse(asText(value))).toEqual(value);
});

it('JSON inside a text is laid out, and what only looks like it stays', () => {
  expect(asText('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(asText('{not json')).toBe('{not json');
  expect(asText(undefined)).toBe('');
  expect(asText(null)).toBe('null');
});

it('nothing is empty in every form', () => {
  for (const value of [null, undefined, '', [], {}]) expect(isEmpty(value)).toBe(true);
  for (const value of [0, false, 'x', [0]]) expect(isEmpty(value)).toBe(false);
});
