import { expect, test } from 'vitest';
import { quoted } from './errors';

test('what the backend names in backticks stands in quotation marks for people', () => {
  expect(quoted('`Home` could not recall from the bank `ana`.')).toBe(
    '“Home” could not recall from the bank “ana”.',
  );
  expect(quoted('one ` alone stays')).toBe('one ` alone stays');
});
