// The requests of the recall lab: reading and writing one field by its path as the API spells it, what differs from what
// the app sends, and the request as JSON and curl. Pure; the forms are in views/lab.

/** A request of the lab, whichever call it is for. */
export type LabRequest = { query?: string } & Record<string, unknown>;

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path such as `min_scores.final` or `items.0.tags`. */
export function at(request: unknown, path: string): unknown {
  let value = request;
  for (const step of path.split('.')) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isTree(value)) value = value[step];
    else return undefined;
  }
  return value;
}

/** The same request with another value at a path. Undefined takes the field out, and what it leaves empty too. */
export function withValue<T>(request: T, path: string, value: unknown): T {
  const [step = '', ...rest] = path.split('.');
  if (Array.isArray(request)) {
    const copy: unknown[] = [...(request as unknown[])];
    const index = Number(step);
    copy[index] = rest.length === 0 ? value : withValue(copy[index], rest.join('.'), value);
    return copy as T;
  }
  const copy: Tree = { ...(request as Tree) };
  const next =
    rest.length === 0
      ? value
      : withValue(isTree(copy[step]) || Array.isArray(copy[step]) ? copy[step] : {}, rest.join('.'), value);
  const empty = next === undefined || (rest.length > 0 && isTree(next) && Object.keys(next).length === 0);
  if (empty) return Object.fromEntries(Object.entries(copy).filter(([key]) => key !== step)) as T;
  copy[step] = next;
  return copy as T;
}

/** Whether two values say the same, whatever the order of their fields. */
export function alike(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, index) => alike(one, b[index]));
  }
  if (isTree(a) && isTree(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => alike(a[key], b[key]));
  }
  return false;
}

/** Which of these paths differ from the default. */
export function differing(request: unknown, usual: unknown, paths: readonly string[]): string[] {
  return paths.filter((path) => !alike(at(request, path), at(usual, path)));
}

/** A text as one word of a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The request as a command line. The key is never in it: the shell puts its own in its place. */
export function curl(url: string, request: unknown, key: boolean): string {
  const lines = [`curl -sS ${quoted(url)}`, `-H 'Content-Type: application/json'`];
  if (key) lines.push(`-H "Authorization: Bearer $HINDSIGHT_API_KEY"`);
  lines.push(`-d ${quoted(JSON.stringify(request))}`);
  return lines.join(' \\\n  ');
}

/** JSON that a person typed: its value, or why it is none. Empty is no value. */
export function parsed(text: string): { value: unknown } | { error: string } {
  if (text.trim() === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (thrown) {
    return { error: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
