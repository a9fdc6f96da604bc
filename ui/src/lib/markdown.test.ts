import { describe, expect, it } from 'vitest';
import { highlight } from './highlight';
import { reader } from './markdown';
import { sanitise } from './sanitise';

const { read } = reader();
const html = (text: string) =>
  read(text, false)
    .blocks.map((block) => sanitise(block.html))
    .join('');

function shown(text: string): HTMLElement {
  const node = document.createElement('div');
  node.innerHTML = html(text);
  return node;
}

describe('blocks', () => {
  it('cuts a text at its top-level blocks', () => {
    const { blocks } = read('# One\n\ntwo\nlines\n\n- a\n\n- b\n\n```js\nx\n```\n', false);
    expect(blocks.map((block) => block.html.trim().slice(0, 4))).toEqual(['<h1>', '<p>t', '<ul>', '<div']);
    expect(blocks.every((block) => block.closed)).toBe(true);
  });

  it('keeps closed blocks as they are while the text grows', () => {
    const first = read('one\n\ntwo\n\nthr', true);
    const second = read('one\n\ntwo\n\nthree\n\nfour', true, first);
    expect(second.blocks[0]).toBe(first.blocks[0]);
    expect(second.blocks.map((block) => block.closed)).toEqual([true, true, true, false]);
    expect(second.blocks[2]?.html).toBe('<p>three</p>\n');
  });

  it('reads the same whole as in pieces, wherever it was cut', () => {
    const text =
      '# Title\n\nA [link][l] and **bold**.\n\n1. one\n\n   more\n2. two\n\n```py\nprint(1)\n\nprint(2)\n```\n\n' +
      '| a | b |\n|--|--|\n| 1 | 2 |\n\nlast $x$ line\n===\n\n> quote\nlazy\n\n[l]: https://example.org\n';
    const whole = read(text, false).blocks.map((block) => block.html);
    for (const step of [1, 3, 7, 20]) {
      let reading = read('', true);
      for (let end = step; end < text.length; end += step) reading = read(text.slice(0, end), true, reading);
      // A definition that comes last changes blocks that were closed; the final reading starts afresh for it.
      expect(read(text, false).blocks.map((block) => block.html)).toEqual(whole);
      const grown = read(text, true, reading).blocks.map((block) => block.html);
      expect(grown.slice(2)).toEqual(whole.slice(2));
    }
  });

  it('starts afresh when the text is another one', () => {
    const first = read('one\n\ntwo\n\nthree', true);
    expect(read('uno\n\ndue', true, first).blocks.map((block) => block.html)).toEqual([
      '<p>uno</p>\n',
      '<p>due</p>\n',
    ]);
  });

  it('colours code only when its fence has ended', () => {
    const colour = reader(highlight);
    const open = colour.read('```js\nconst a = 1', true);
    expect(open.blocks[0]).toMatchObject({ closed: false });
    expect(open.blocks[0]?.html).not.toContain('hljs');
    const ended = colour.read('```js\nconst a = 1\n```', true, open);
    expect(ended.blocks[0]).toMatchObject({ closed: true });
    expect(ended.blocks[0]?.html).toContain('hljs-keyword');
  });

  it('shows code of an unknown language as it is', () => {
    expect(reader(highlight).read('```zzz\n<b>\n```', false).blocks[0]?.html).toContain('&lt;b&gt;');
  });
});

describe('hostile text', () => {
  it.each([
    ['a script', '<script>alert(1)</script>'],
    ['an event handler', '<img src=x onerror=alert(1)>'],
    ['a frame', '<iframe src="https://evil.example"></iframe>'],
    ['an svg', '<svg onload=alert(1)>'],
    ['a style', '<style>*{display:none}</style>'],
    ['a form', '<form action="https://evil.example"><input></form>'],
  ])('shows %s as words', (_, text) => {
    const node = shown(text);
    expect(node.querySelector('script,img,iframe,svg,style,form,input')).toBeNull();
    expect(node.textContent).toContain(text.slice(0, 6));
  });

  it.each([
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](vbscript:x)',
    '[x](file:///etc/passwd)',
    '<javascript:alert(1)>',
    '[x][l]\n\n[l]: javascript:alert(1)',
  ])('makes no link of %s', (text) => {
    expect(shown(text).querySelector('a')).toBeNull();
  });

  it('never loads an image, but says that there is one', () => {
    const node = shown('![a map](https://evil.example/track.png)');
    expect(node.querySelector('img')).toBeNull();
    expect(node.querySelector('a')?.textContent).toBe('image: a map');
    expect(node.querySelector('a')?.getAttribute('href')).toBe('https://evil.example/track.png');
    expect(shown('![x](data:image/svg+xml,<svg/>)').querySelector('a')).toBeNull();
  });

  it('cleans what the reader would never write', () => {
    const dirty =
      '<p id="app" style="position:fixed" onclick="x()">a<img src="https://e.example/i.png"><a href="javascript:x">b</a>' +
      '<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math></p>';
    const node = document.createElement('div');
    node.innerHTML = sanitise(dirty);
    expect(node.querySelector('img,style,annotation-xml')).toBeNull();
    expect(node.querySelector('a')?.hasAttribute('href')).toBe(false);
    expect(node.querySelector('p')?.getAttributeNames()).toEqual([]);
  });

  it('does not let a link break out of its attribute', () => {
    const node = shown('[a](https://e.example/"onmouseover="alert(1))');
    for (const link of node.querySelectorAll('a')) expect(link.getAttributeNames()).toEqual(['href']);
  });
});

describe('looks', () => {
  it('aligns table cells by class, never by style', () => {
    const node = shown('| a | b |\n|:-:|--:|\n| 1 | 2 |');
    expect([...node.querySelectorAll('td')].map((cell) => cell.className)).toEqual(['center', 'right']);
    expect(node.querySelector('[style]')).toBeNull();
  });

  it('gives code a head with its language and a button to copy', () => {
    const node = shown('- in a list\n\n  ```Rust ignore\n  fn main() {}\n  ```');
    expect(node.querySelector('.code-head span')?.textContent).toBe('rust');
    expect(node.querySelector('button[data-copy]')?.textContent).toBe('Copy');
    expect(node.querySelector('pre')?.textContent).toBe('fn main() {}\n');
  });

  it('links addresses with a scheme and leaves file names alone', () => {
    const node = shown('see https://example.org/a and notes.md and me@example.org');
    expect([...node.querySelectorAll('a')].map((link) => link.textContent)).toEqual([
      'https://example.org/a',
    ]);
  });
});
