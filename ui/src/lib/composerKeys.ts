// What a key press in the composer means. Pure.
import type { SendKey } from '$gen/SendKey';
import { composing } from './ime';

/** What the composer knows when a key is pressed. */
export interface ComposerNow {
  /** Whether the text is empty. */
  empty: boolean;
  /** Whether an answer is running in this chat. */
  running: boolean;
  /** Whether an answer of this chat is paused at a breakpoint. */
  paused?: boolean;
  sendKey: SendKey;
}

/** What is to be done. `hold` keeps the text and says that an answer is running; `go-on` lets a
 * paused answer go on; null leaves it to the field. */
export type ComposerAct = 'send' | 'hold' | 'go-on' | 'stop' | 'edit-last' | 'pick-model' | null;

type Press = Pick<
  KeyboardEvent,
  'key' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey' | 'isComposing' | 'keyCode'
>;

/** Reads a key press. A key of an input method never means anything here. */
export function composerAct(event: Press, now: ComposerNow): ComposerAct {
  if (composing(event as KeyboardEvent)) return null;
  const mod = event.ctrlKey || event.metaKey;
  const plain = !mod && !event.shiftKey && !event.altKey;
  switch (event.key) {
    case 'Enter': {
      // Ctrl+Enter sends in both ways of typing; Shift+Enter is a new line in both.
      const sends = !event.shiftKey && !event.altKey && (mod || now.sendKey === 'enter');
      if (!sends) return null;
      if (mod && now.paused) return 'go-on';
      return now.running ? 'hold' : 'send';
    }
    case 'Escape':
      return plain && now.running ? 'stop' : null;
    case 'ArrowUp':
      return plain && now.empty ? 'edit-last' : null;
    case '@':
      return !mod && now.empty ? 'pick-model' : null;
    default:
      return null;
  }
}
