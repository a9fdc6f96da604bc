// Whether a key press belongs to a field, a menu or a dialog and not to the view behind it.

/** True while somebody types, or holds a modifier that makes the press a shortcut of the window. */
export function typing(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target instanceof Element ? event.target : null;
  return (
    target?.closest(
      'input, textarea, select, [contenteditable], [role="dialog"], [role="menu"], [role="listbox"]',
    ) != null
  );
}
