// Chats in the order of days, with a heading where a new span begins. Pure.
import type { Chat } from '$gen/Chat';

export type ListRow =
  { kind: 'heading'; key: string; label: string } | { kind: 'chat'; key: string; chat: Chat };

const DAY = 86_400_000;
const month = new Intl.DateTimeFormat(undefined, { month: 'long' });
const monthAndYear = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' });

/** The span a moment belongs to, as it is headed: Today, Yesterday, Previous 7 days, then months. */
export function span(at: string, now: Date): string {
  const date = new Date(at);
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).valueOf();
  if (date.valueOf() >= midnight) return 'Today';
  if (date.valueOf() >= midnight - DAY) return 'Yesterday';
  if (date.valueOf() >= midnight - 7 * DAY) return 'Previous 7 days';
  return (date.getFullYear() === now.getFullYear() ? month : monthAndYear).format(date);
}

/** Rows for the list; chats come the last used first and stay so. */
export function rowsOf(chats: readonly Chat[], now: Date): ListRow[] {
  const rows: ListRow[] = [];
  let last = '';
  for (const chat of chats) {
    const label = span(chat.updatedAt, now);
    if (label !== last) rows.push({ kind: 'heading', key: `# ${label}`, label });
    last = label;
    rows.push({ kind: 'chat', key: chat.id, chat });
  }
  return rows;
}
