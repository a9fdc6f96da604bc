// The second wall: whatever the markdown reader made goes through DOMPurify before it becomes HTML of the page.
// Only Prose.svelte calls this. What passes is kept, so that a streaming answer cleans its last block only.
import DOMPurify from 'dompurify';

const purify = DOMPurify(window);

// Links keep their address for the click handler, and nothing else may point anywhere. The expression is the
// library's own with fewer schemes: it is asked about every attribute, so it must pass plain words too.
const CONFIG = {
  USE_PROFILES: { html: true, mathMl: true },
  ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto):|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
  ALLOW_DATA_ATTR: false,
  ADD_ATTR: ['data-copy'],
  FORBID_TAGS: ['style', 'form', 'input', 'textarea', 'select', 'option', 'img', 'picture', 'source', 'audio',
    'video', 'track', 'map', 'area', 'svg', 'details', 'dialog', 'label', 'fieldset', 'annotation'], // prettier-ignore
  FORBID_ATTR: [
    'style',
    'id',
    'name',
    'srcset',
    'src',
    'background',
    'poster',
    'action',
    'formaction',
    'popovertarget',
  ],
};

const MOST = 4_000_000; // characters kept; about one very long chat
const kept = new Map<string, string>();
let size = 0;

/** HTML that is safe to show, from HTML that is not. */
export function sanitise(html: string): string {
  const known = kept.get(html);
  if (known !== undefined) return known;
  const clean = purify.sanitize(html, CONFIG);
  size += html.length * 2;
  if (size > MOST) {
    kept.clear();
    size = html.length * 2;
  }
  kept.set(html, clean);
  return clean;
}
