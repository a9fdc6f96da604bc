// Every action that has a key: what it is called, its default chords, and how chords are read, written and
// compared. Handlers are registered with `useAction` (state/palette.svelte.ts).
import { matchKeyBindingPress, parseKeybinding } from 'tinykeys';
import { composing } from './ime';

/** Chords are written `$mod+Shift+KeyM`: `$mod` is ⌘ on macOS and Ctrl elsewhere; keys by letter or code. */
export interface Action {
  id: string;
  label: string;
  group: 'Chats' | 'Messages' | 'Window' | 'Go to';
  /** Default chords, the one that is shown first. */
  chords: readonly string[];
  /** Whether it also works while a text field has the focus. Chords without a modifier never should. */
  inFields?: boolean;
  /** Left out of the palette because it only makes sense by key. */
  keyOnly?: boolean;
}

const list = [
  { id: 'chat.new', label: 'New chat', group: 'Chats', chords: ['$mod+n', '$mod+Shift+o'] },
  { id: 'chat.newTemporary', label: 'New temporary chat', group: 'Chats', chords: ['$mod+Shift+n'] },
  { id: 'chat.newIncognito', label: 'New incognito chat', group: 'Chats', chords: [] },
  { id: 'chat.next', label: 'Next chat', group: 'Chats', chords: ['Control+Tab'] },
  { id: 'chat.previous', label: 'Previous chat', group: 'Chats', chords: ['Control+Shift+Tab'] },
  { id: 'chat.rename', label: 'Rename chat', group: 'Chats', chords: [] },
  { id: 'chat.delete', label: 'Delete chat', group: 'Chats', chords: [] },
  { id: 'composer.focus', label: 'Write a message', group: 'Messages', chords: ['$mod+l', 'Shift+Escape'] },
  { id: 'turn.stop', label: 'Stop the answer', group: 'Messages', chords: ['$mod+.'] },
  {
    id: 'turn.goOn',
    label: 'Go on with a paused answer',
    group: 'Messages',
    chords: ['$mod+Enter'],
    inFields: true,
  },
  { id: 'turn.retry', label: 'Answer again', group: 'Messages', chords: ['$mod+Shift+r'] },
  {
    id: 'message.next',
    label: 'Next message',
    group: 'Messages',
    chords: ['Control+ArrowDown'],
    keyOnly: true,
  },
  {
    id: 'message.previous',
    label: 'Previous message',
    group: 'Messages',
    chords: ['Control+ArrowUp'],
    keyOnly: true,
  },
  { id: 'message.copyLast', label: 'Copy the last answer', group: 'Messages', chords: ['$mod+Shift+c'] },
  { id: 'message.copyCode', label: 'Copy the last code block', group: 'Messages', chords: ['$mod+Shift+;'] },
  { id: 'chat.find', label: 'Find in this chat', group: 'Messages', chords: ['$mod+f'] },
  { id: 'model.pick', label: 'Choose the model', group: 'Messages', chords: ['$mod+Shift+m'] },
  { id: 'memory.menu', label: 'Memory of the next message', group: 'Messages', chords: ['$mod+Shift+y'] },
  { id: 'palette.open', label: 'Command palette', group: 'Go to', chords: ['$mod+k'], keyOnly: true },
  { id: 'search.open', label: 'Search all chats', group: 'Go to', chords: ['$mod+Shift+f'] },
  { id: 'memories.open', label: 'Memories', group: 'Go to', chords: ['$mod+Shift+e'] },
  { id: 'injections.open', label: 'History of injections', group: 'Go to', chords: ['$mod+Shift+h'] },
  { id: 'banks.open', label: 'Banks', group: 'Go to', chords: ['$mod+Shift+b'] },
  { id: 'lab.open', label: 'Recall lab', group: 'Go to', chords: ['$mod+Shift+k'] },
  { id: 'settings.open', label: 'Settings', group: 'Go to', chords: ['$mod+,'] },
  { id: 'settings.memory', label: 'Memory settings', group: 'Go to', chords: [] },
  { id: 'welcome.open', label: 'Welcome', group: 'Go to', chords: [] },
  { id: 'keys.help', label: 'Keyboard shortcuts', group: 'Go to', chords: ['$mod+/', 'F1'] },
  { id: 'pane.left', label: 'Show or hide the chats', group: 'Window', chords: ['$mod+b'] },
  { id: 'pane.right', label: 'Show or hide injected memories', group: 'Window', chords: ['$mod+j'] },
  {
    id: 'xray.open',
    label: 'X-ray: the exact request of the answer',
    group: 'Window',
    chords: ['$mod+Shift+x'],
  },
  { id: 'region.next', label: 'Next part of the window', group: 'Window', chords: ['F6'], keyOnly: true },
  {
    id: 'region.previous',
    label: 'Previous part of the window',
    group: 'Window',
    chords: ['Shift+F6'],
    keyOnly: true,
  },
  { id: 'theme.toggle', label: 'Switch between light and dark', group: 'Window', chords: ['$mod+Shift+l'] },
  { id: 'zoom.in', label: 'Larger', group: 'Window', chords: ['$mod+=', '$mod+Shift+=', '$mod+Shift++'] },
  { id: 'zoom.out', label: 'Smaller', group: 'Window', chords: ['$mod+-'] },
  { id: 'zoom.reset', label: 'Normal size', group: 'Window', chords: ['$mod+0'] },
] as const satisfies readonly Action[];

/** The name of an action. */
export type ActionId = (typeof list)[number]['id'];

/** All actions, in the order they are shown. */
export const ACTIONS: readonly (Action & { id: ActionId })[] = list;

const byId = new Map<string, Action>(ACTIONS.map((action) => [action.id, action]));

/** An action by its name. */
export function action(id: ActionId): Action {
  return byId.get(id) ?? { id, label: id, group: 'Window', chords: [] };
}

/** The chords of an action: the person's own, else the defaults. A kept empty text means none. */
export function chordsOf(id: ActionId, own: Record<string, string>): readonly string[] {
  const kept = own[id];
  if (kept === undefined) return action(id).chords;
  return kept === '' ? [] : [kept];
}

/** A clash: one chord, several actions. */
export interface Conflict {
  chord: string;
  actions: ActionId[];
}

/** Chords that more than one action has. */
export function conflicts(own: Record<string, string>): Conflict[] {
  const users = new Map<string, ActionId[]>();
  for (const { id } of ACTIONS) {
    for (const chord of new Set(chordsOf(id, own).map(canonical))) {
      users.set(chord, [...(users.get(chord) ?? []), id]);
    }
  }
  return [...users]
    .filter(([, actions]) => actions.length > 1)
    .map(([chord, actions]) => ({ chord, actions }));
}

/** One spelling for chords that mean the same key press. */
export function canonical(chord: string): string {
  const { mods, key } = split(chord);
  const real = mods.map((mod) => (mod === '$mod' ? (onMac() ? 'Meta' : 'Control') : mod));
  return [...new Set(real)].sort().concat(key.toLowerCase()).join('+');
}

/** The actions that a key press asks for; more than one only when chords clash. */
export function matching(event: KeyboardEvent, own: Record<string, string>): ActionId[] {
  if (composing(event)) return [];
  return ACTIONS.map(({ id }) => id).filter((id) => chordsOf(id, own).some((chord) => matches(event, chord)));
}

/** Whether a key press is this chord. */
export function matches(event: KeyboardEvent, chord: string): boolean {
  const presses = parseKeybinding(chord);
  const press = presses[0];
  return presses.length === 1 && press !== undefined && matchKeyBindingPress(event, press);
}

/** Whether a chord would type a character, so that it must not fire inside a text field. */
export function types(chord: string): boolean {
  const { mods, key } = split(chord);
  return key.length === 1 && mods.every((mod) => mod === 'Shift');
}

/** The chord of a key press, for recording one; null while only modifiers are down. */
export function record(event: KeyboardEvent): string | null {
  if (['Control', 'Shift', 'Alt', 'Meta', 'Dead', 'Process', 'Unidentified', 'AltGraph'].includes(event.key))
    return null;
  const mods: string[] = [];
  const mac = onMac();
  if (mac ? event.metaKey : event.ctrlKey) mods.push('$mod');
  if (mac && event.ctrlKey) mods.push('Control');
  if (!mac && event.metaKey) mods.push('Meta');
  if (event.altKey) mods.push('Alt');
  if (event.shiftKey) mods.push('Shift');
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return [...mods, key === ' ' ? 'Space' : key].join('+');
}

const MAC: Record<string, string> = { $mod: '⌘', Meta: '⌘', Control: '⌃', Alt: '⌥', Shift: '⇧' };
const PC: Record<string, string> = {
  $mod: 'Ctrl',
  Meta: 'Super',
  Control: 'Ctrl',
  Alt: 'Alt',
  Shift: 'Shift',
};
const NAMES: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  Enter: '↵',
  Backspace: '⌫',
  Delete: 'Del',
};

/** The caps of a chord as they are printed on this keyboard, e.g. `['Ctrl', 'Shift', 'M']`. */
export function caps(chord: string): string[] {
  const { mods, key } = split(chord);
  const names = onMac() ? MAC : PC;
  return [
    ...mods.map((mod) => names[mod] ?? mod),
    NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key),
  ];
}

function split(chord: string): { mods: string[]; key: string } {
  // The plus key itself is written `$mod++`.
  const parts = chord.endsWith('++') ? [...chord.slice(0, -2).split('+'), '+'] : chord.split('+');
  return { mods: parts.slice(0, -1), key: parts.at(-1) ?? '' };
}

function onMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}
