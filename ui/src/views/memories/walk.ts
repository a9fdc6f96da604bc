// The keys that walk through a virtual list of rows: arrows and j k by one, PageUp and PageDown by what is about in
// sight, Home and End to its ends.

/** Where a key leads from row `at`; null when it is none of these keys, or is held with a modifier. */
export function walk(
  event: Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'>,
  { at, rows, page }: { at: number; rows: number; page: number },
): number | null {
  if (event.altKey || event.ctrlKey || event.metaKey || rows === 0) return null;
  const to: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    j: at + 1,
    k: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: rows - 1,
  };
  const row = to[event.key];
  return row === undefined ? null : Math.max(0, Math.min(rows - 1, row));
}
