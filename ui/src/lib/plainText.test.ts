// Markdown without its marks.
import { expect, it } from 'vitest';
import { plainText } from './plainText';

it('drops marks and keeps the words', () => {
  expect(plainText('# Title\n\nSome **bold** and `code` and [a link](https://example.org).')).toBe(
    'Title\n\nSome bold and code and a link.',
  );
});

it('keeps lists as lines', () => {
  expect(plainText('1. one\n2. two\n   - inner')).toBe('1. one\n2. two\n  - inner');
});

it('keeps code as it is', () => expect(plainText('```rust\nlet a = 1;\n```')).toBe('let a = 1;'));

it('puts the cells of a row beside each other', () => {
  expect(plainText('| a | b |\n|---|---|\n| 1 | 2 |')).toBe('a\tb\n1\t2');
});

it('shows markup of another language as text', () => expect(plainText('<b>hi</b>')).toBe('<b>hi</b>'));
