// Marks words in what is in the page without changing it, by ranges that the engine paints. Where the engine cannot,
// nothing is marked and the rows are still found.
import type { Attachment } from 'svelte/attachments';

const NAME = 'found';

/** Keeps some words marked under an element while what is in it changes. */
export function marks(typed: string): Attachment<HTMLElement> {
  return (root) => {
    markWords(root, typed);
    if (!typed.trim()) return;
    const observer = new MutationObserver(() => markWords(root, typed));
    observer.observe(root, { childList: true, subtree: true });
    return () => observer.disconnect();
  };
}

function markWords(root: HTMLElement, typed: string) {
  if (typeof Highlight === 'undefined') return;
  const words = typed.trim().toLowerCase();
  CSS.highlights.delete(NAME);
  if (!words) return;
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = (node.textContent ?? '').toLowerCase();
    // Lower case can be longer than the text itself (İ); such a text is left unmarked.
    if (text.length !== node.textContent?.length) continue;
    for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + words.length);
      ranges.push(range);
    }
  }
  CSS.highlights.set(NAME, new Highlight(...ranges));
}
