// Maths inside markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]` as tokens, drawn as MathML by temml. A rule for
// markdown-it; nothing here knows about blocks or streaming.
import type { MarkdownIt } from 'markdown-it';
import temml from 'temml';

const LONGEST = 8000; // characters; a longer formula is shown as it was written

/** Teaches a markdown-it instance the four ways of writing maths. */
export function math(md: MarkdownIt) {
  md.inline.ruler.before('escape', 'math', (state, silent) => {
    const found = inlineMath(state.src, state.pos, state.posMax);
    if (!found) return false;
    if (!silent) {
      const token = state.push('math', 'math', 0);
      token.content = found.tex;
      token.meta = { display: found.display };
    }
    state.pos = found.end;
    return true;
  });

  md.block.ruler.before(
    'fence',
    'math_block',
    (state, startLine, endLine, silent) => {
      const lineAt = (line: number) =>
        state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line] ?? 0);
      const first = lineAt(startLine).trimEnd();
      const close = first.startsWith('$$') ? '$$' : first.startsWith('\\[') ? '\\]' : null;
      if (!close) return false;
      const lines = [first.slice(2)];
      let line = startLine;
      while (!lines.at(-1)?.trimEnd().endsWith(close)) {
        line += 1;
        if (line >= endLine || lineAt(line).trim() === '') return false;
        lines.push(lineAt(line));
      }
      if (silent) return true;
      const token = state.push('math', 'math', 0);
      token.block = true;
      token.content = lines.join('\n').trimEnd().slice(0, -2).trim();
      token.meta = { display: true };
      token.map = [startLine, line + 1];
      state.line = line + 1;
      return true;
    },
    { alt: ['paragraph', 'blockquote', 'list'] },
  );

  md.renderer.rules.math = (tokens, index) => {
    const token = tokens[index];
    return token ? draw(token.content, Boolean((token.meta as { display?: boolean } | null)?.display)) : '';
  };
}

/** Finds maths that begins at `pos`. A dollar counts only when it hugs its formula, so that prices stay prices. */
export function inlineMath(
  src: string,
  pos: number,
  max: number,
): { tex: string; end: number; display: boolean } | null {
  for (const [open, close, display] of [
    ['$$', '$$', true],
    ['\\(', '\\)', false],
    ['\\[', '\\]', true],
    ['$', '$', false],
  ] as const) {
    if (!src.startsWith(open, pos)) continue;
    const from = pos + open.length;
    let end = src.indexOf(close, from);
    while (open === '$' && end > 0 && src[end - 1] === '\\') end = src.indexOf(close, end + 1);
    if (end < 0 || end + close.length > max) return null;
    const tex = src.slice(from, end);
    if (!tex.trim()) return null;
    if (open === '$' && (/^\s|\s$/.test(tex) || /\d/.test(src[end + 1] ?? ''))) return null;
    return { tex, end: end + close.length, display };
  }
  return null;
}

function draw(tex: string, display: boolean): string {
  try {
    if (tex.length > LONGEST) throw new Error('too long');
    const mathml = temml.renderToString(tex, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      maxExpand: 500,
    });
    // The content policy takes no style attributes, and even reading one to clean it is reported as an offence.
    return mathml.replace(/ style="[^"]*"/g, '');
  } catch {
    return `<code class="math-error">${escape(tex)}</code>`;
  }
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
