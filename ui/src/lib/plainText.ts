// Markdown as the words alone, for copying as plain text and for reading aloud. Loaded when it is needed.
import MarkdownIt from 'markdown-it';
import type { Token } from 'markdown-it';

const reader = new MarkdownIt({ html: false });

/** The words of a markdown text: no marks, code and line breaks kept, items with a dash or their number. */
export function plainText(markdown: string): string {
  const out: string[] = [];
  const lists: (number | null)[] = [];
  let lead = '';
  let row: string[] | null = null;
  for (const token of reader.parse(markdown, {})) {
    switch (token.type) {
      case 'bullet_list_open':
        lists.push(null);
        break;
      case 'ordered_list_open':
        lists.push(Number(token.attrGet('start') ?? 1));
        break;
      case 'bullet_list_close':
      case 'ordered_list_close':
        lists.pop();
        break;
      case 'list_item_open': {
        const at = lists.length - 1;
        const n = lists[at];
        lead = `${'  '.repeat(Math.max(0, at))}${n === null || n === undefined ? '-' : `${n}.`} `;
        if (typeof n === 'number') lists[at] = n + 1;
        break;
      }
      case 'tr_open':
        row = [];
        break;
      case 'tr_close':
        out.push((row ?? []).join('\t'));
        row = null;
        break;
      case 'inline':
        if (row) row.push(words(token));
        else {
          out.push(`${lead}${words(token)}${lists.length > 0 ? '' : '\n'}`);
          lead = '';
        }
        break;
      case 'fence':
      case 'code_block':
        out.push(token.content);
        break;
    }
  }
  return out.join('\n').trim();
}

function words(token: Token): string {
  return (token.children ?? [])
    .map((child) =>
      /break$/.test(child.type) ? '\n' : child.type === 'image' ? words(child) : child.content,
    )
    .join('');
}
