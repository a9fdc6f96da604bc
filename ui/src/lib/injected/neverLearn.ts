// The words that "never learn things like this" drafts. Pure.

const MOST = 200; // characters of the memory: an example, no archive

/** A memory as an example in one line, cut at a word. */
function example(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replaceAll('"', "'");
  if (line.length <= MOST) return line;
  return `${line.slice(0, MOST).replace(/\s+\S*$/, '')} …`;
}

/** The drafted line: of a mission, which decides what is learned, or of a directive, which decides how reflect answers. */
export function draftLine(text: string, what: 'mission' | 'directive' = 'mission'): string {
  return what === 'mission'
    ? `Do not keep facts like: "${example(text)}".`
    : `Do not bring up facts like: "${example(text)}".`;
}

/** A mission with a line at its end; one that has the line already stays as it is. */
export function withLine(mission: string, line: string): string {
  const before = mission.trimEnd();
  if (before.split('\n').some((one) => one.trim() === line)) return mission;
  return before === '' ? line : `${before}\n${line}`;
}
