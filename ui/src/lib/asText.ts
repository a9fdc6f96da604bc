// A server's value as a text to be read: texts as they are, chat messages one below the other, the rest as JSON. Pure.

interface Said {
  role: string;
  content: string;
}

/** A list of chat messages with nothing in them but role and text. */
function messages(value: unknown): Said[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const said = value.every(
    (one: unknown) =>
      typeof one === 'object' &&
      one !== null &&
      Object.keys(one).length === 2 &&
      'role' in one &&
      'content' in one &&
      typeof one.role === 'string' &&
      typeof one.content === 'string',
  );
  return said ? (value as Said[]) : null;
}

/** Whether there is anything to read. */
export const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** The value as text. JSON that came inside a text is laid out too. */
export function asText(value: unknown): string {
  const said = messages(value);
  if (said) return said.map(({ role, content }) => `── ${role}\n${content}`).join('\n\n');
  if (typeof value === 'string') return laidOut(value) ?? value;
  return JSON.stringify(value, null, 2) ?? '';
}

function laidOut(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}
