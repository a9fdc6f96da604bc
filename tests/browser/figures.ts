// Looks at every figure on a part of the page, whatever it is: text with a digit that is not somebody's words, an id or a
// date. Each must stand in an element that says where it is from (`data-source`, ui/src/lib/sources.ts).
import type { Locator } from '@playwright/test';

export interface Figure {
  /** The text with the figure, and what stands around it. */
  text: string;
  around: string;
  /** Where it is from; null when it does not say. */
  source: string | null;
  /** What it says of that on hover; null when it says nothing. */
  said: string | null;
  estimated: boolean;
  /** Whether its text says that it is an estimate. */
  worded: boolean;
  /** Whether it is drawn as one: a dotted line under it. */
  dotted: boolean;
}

/** The figures inside an element, in the order of the page. */
export async function figures(within: Locator): Promise<Figure[]> {
  return within.evaluate((root) => {
    // Words of people, memories and models are isolated; ids, code and names of machines are set in the other face; dates
    // are `time`; pictures and letters of origins are no figures; a title repeats
    // what was chosen; what one types is one's own.
    const words = [
      '[dir="auto"]',
      'bdi',
      'pre',
      'code',
      'time',
      'kbd',
      'input',
      'textarea',
      '.mono',
      '.origin',
      '[role="radiogroup"]',
      '[role="combobox"]',
      'fieldset',
      'h2, [role="heading"]',
      'style',
      'script',
    ].join(',');
    /** The text of an element without what says itself where it is from. */
    const own = (element: Element): string => {
      const copy = element.cloneNode(true) as Element;
      for (const other of copy.querySelectorAll('[data-source]')) other.remove();
      return copy.textContent ?? '';
    };
    const found: Figure[] = [];
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const at = node.parentElement;
      const data = node.nodeValue ?? '';
      if (!at || !/\d/.test(data) || !at.checkVisibility()) continue;
      const marked = at.closest<HTMLElement>('[data-source]');
      const isolated = at.closest(words);
      // Words inside a marked element are words all the same; a marked element inside of words is a figure.
      if (isolated && !(marked && isolated.contains(marked))) continue;
      const text = (marked ?? at).textContent?.replace(/\s+/g, ' ').trim() ?? '';
      const lines = [at, marked].map((one) => (one ? getComputedStyle(one).textDecorationStyle : ''));
      found.push({
        text: data.replace(/\s+/g, ' ').trim(),
        around:
          at.closest('li, tr, p, dd, button, section')?.textContent?.replace(/\s+/g, ' ').slice(0, 120) ??
          text,
        source: marked?.dataset['source'] ?? null,
        said: marked?.title || null,
        estimated: marked?.hasAttribute('data-estimated') ?? false,
        worded: /~|\babout\b|\best\./i.test(own(marked ?? at)),
        dotted: lines.includes('dotted'),
      });
    }
    return found;
  });
}

/** What is wrong with them, one line each; empty when nothing is. */
export function unfounded(list: readonly Figure[], known: ReadonlySet<string>): string[] {
  return list.flatMap((figure) => {
    if (figure.source === null) return [`no source: “${figure.text}” in “${figure.around}”`];
    if (!known.has(figure.source))
      return [`docs/inspecting.md does not tell of ${figure.source}: “${figure.text}”`];
    return figure.said === null ? [`says nothing on hover: “${figure.text}” in “${figure.around}”`] : [];
  });
}

/** Estimates that do not look or read as such, and others that do. */
export function disguised(list: readonly Figure[]): string[] {
  return list.flatMap((figure) => {
    const marks = [figure.worded, figure.dotted];
    if (figure.estimated && marks.includes(false))
      return [
        `an estimate without ${figure.worded ? 'its line' : 'its word'}: “${figure.text}” in “${figure.around}”`,
      ];
    return !figure.estimated && marks.includes(true)
      ? [`no estimate, and looks or reads like one: “${figure.text}” in “${figure.around}”`]
      : [];
  });
}
