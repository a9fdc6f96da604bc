// Markdown to blocks of HTML. A text is cut at its top-level blocks; while it grows, only the last block is read
// again, because nothing that follows can change the ones before. Runs in the worker and in tests; the result is
// still hostile until lib/sanitise.ts has seen it.
import MarkdownIt from 'markdown-it';
import type { Env } from 'markdown-it';
import { math } from './math';

/** A top-level piece of a text. */
export interface Block {
  /** Stays the same while the text grows. */
  key: string;
  html: string;
  /** Whether more text may still change it. */
  closed: boolean;
}

/** What is remembered of a text between two readings of it. */
export interface Reading {
  text: string;
  blocks: (Block & { start: number })[];
}

type Highlight = (code: string, language: string) => string | null;

const SAFE_LINK = /^(https?|mailto):/i;

/** A reader of markdown. `highlight` colours code of finished fences. */
export function reader(highlight: Highlight = () => null) {
  const md = new MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false });
  md.use(math);
  md.validateLink = (url) => SAFE_LINK.test(url.trim());
  // File names such as `notes.md` are no links; addresses with a scheme are.
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  const { escapeHtml } = md.utils;

  md.renderer.rules.image = (tokens, index) => {
    const token = tokens[index];
    const alt = token?.content || 'without a description';
    const src = String(token?.attrGet('src') ?? '');
    const words = escapeHtml(`image: ${alt}`);
    return SAFE_LINK.test(src) ? `<a href="${escapeHtml(src)}">${words}</a>` : words;
  };

  const code = (source: string, info: string, open: boolean) => {
    const language = info.trim().split(/\s+/)[0]?.toLowerCase() ?? '';
    const inner = (!open && language && highlight(source, language)) || escapeHtml(source);
    const head = `<div class="code-head"><span>${escapeHtml(language || 'text')}</span><button type="button" data-copy>Copy</button></div>`;
    return `<div class="code">${head}<pre tabindex="0"><code>${inner}</code></pre></div>`;
  };
  md.renderer.rules.fence = (tokens, index, _options, env) => {
    const token = tokens[index];
    return token ? code(token.content, token.info, Boolean(env?.open)) : '';
  };
  md.renderer.rules.code_block = (tokens, index) => code(tokens[index]?.content ?? '', '', false);
  md.renderer.rules.table_open = () => '<div class="table" tabindex="0"><table>';
  md.renderer.rules.table_close = () => '</table></div>';
  // Alignment comes as a style attribute, which the content policy would drop; a class does the same.
  for (const cell of ['th_open', 'td_open'] as const) {
    md.renderer.rules[cell] = (tokens, index) => {
      const side = /text-align:(\w+)/.exec(String(tokens[index]?.attrGet('style') ?? ''))?.[1];
      return `<${cell.slice(0, 2)}${side ? ` class="${side}"` : ''}>`;
    };
  }

  /** Reads a text; `before` is what this function answered for an earlier state of it. */
  function read(text: string, streaming: boolean, before?: Reading): Reading {
    const kept = before ? keep(text, before) : [];
    const from = kept.length > 0 ? (before?.blocks[kept.length]?.start ?? 0) : 0;
    const tail = text.slice(from);
    const lines = lineStarts(tail);
    const env: Env = {};
    // Definitions stand anywhere, so earlier ones are read again when there are any.
    if (from > 0 && /^ {0,3}\[[^\]]+\]:/m.test(text.slice(0, from))) md.parse(text.slice(0, from), env);
    const tokens = md.parse(tail, env);
    const blocks: Reading['blocks'] = [...kept];
    for (let index = 0; index < tokens.length;) {
      const first = index;
      let depth = 0;
      do depth += tokens[index++]?.nesting ?? 0;
      while (depth > 0 && index < tokens.length);
      const map = tokens[first]?.map;
      const last = index >= tokens.length;
      const source = map ? tail.slice(lines[map[0]] ?? 0, lines[map[1]] ?? tail.length) : '';
      const fence = tokens[first]?.type === 'fence';
      const closed = !streaming || !last || (fence && fenceEnded(source, tokens[first]?.markup ?? ''));
      env.open = !closed;
      blocks.push({
        key: String(blocks.length),
        start: from + (map ? (lines[map[0]] ?? 0) : 0),
        html: md.renderer.render(tokens.slice(first, index), md.options, env),
        closed,
      });
    }
    return { text, blocks };
  }

  return { read };
}

/** The blocks that a longer text leaves as they were: all closed ones but the last, which may still grow. */
function keep(text: string, before: Reading): Reading['blocks'] {
  const count = before.blocks.length - 1;
  const tail = before.blocks[count];
  if (!tail || count === 0 || !text.startsWith(before.text.slice(0, tail.start))) return [];
  return before.blocks.slice(0, count).map((block) => (block.closed ? block : { ...block, closed: true }));
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function fenceEnded(source: string, markup: string): boolean {
  const lines = source.trimEnd().split('\n');
  const last = lines.at(-1)?.trim() ?? '';
  return lines.length > 1 && last.startsWith(markup) && /^(`+|~+)$/.test(last);
}
