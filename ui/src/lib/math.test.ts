import { describe, expect, it } from 'vitest';
import { reader } from './markdown';
import { inlineMath } from './math';
import { sanitise } from './sanitise';

const { read } = reader();
const html = (text: string) =>
  sanitise(
    read(text, false)
      .blocks.map((block) => block.html)
      .join(''),
  );

describe('maths', () => {
  it.each(['$x^2$', '\\(x^2\\)', '$$x^2$$', '\\[x^2\\]'])('draws %s', (text) => {
    expect(html(`so ${text} it is`)).toContain('<math');
  });

  it('draws a block over several lines as a block', () => {
    expect(html('$$\n\\frac{1}{3}\n$$')).toMatch(/<math[^>]*display="block"/);
    expect(html('\\[\nx\n\\]')).toMatch(/<math[^>]*display="block"/);
  });

  it('leaves prices as they are', () => {
    expect(html('from $5 to $6, or US$7')).not.toContain('<math');
  });

  it('leaves an unfinished formula as text', () => {
    expect(html('$$\n\\frac{1}{')).not.toContain('<math');
    expect(html('so \\(x')).not.toContain('<math');
  });

  it('shows a formula that cannot be read as it was written', () => {
    expect(html('$\\frac{1}{<b>$')).toBe('<p><code class="math-error">\\frac{1}{&lt;b&gt;</code></p>\n');
  });

  it('lets no formula link or load anything', () => {
    const text = html('$\\href{javascript:alert(1)}{x}$ $\\includegraphics{https://e.example/a.png}$');
    expect(text).not.toMatch(/<a|<img| href=| src=/);
  });

  it('writes no style attribute', () => {
    expect(read('$\\boxed{a}$ $$\\begin{pmatrix}a&b\\end{pmatrix}$$', false).blocks[0]?.html).not.toMatch(
      /\sstyle=/,
    );
  });

  it('does not take an escaped dollar for an end', () => {
    expect(inlineMath('$a\\$b$', 0, 7)?.tex).toBe('a\\$b');
  });
});
