// Which view is open, which chat, which turn the right pane shows, and what screen readers are told.
// No data lives here: chats come from `chat.list`, records from `turn.record`.
import type { ChatKind } from '$gen/ChatKind';
import { toast } from '$lib/toast';
import { mutate } from './commands.svelte';
import { preferences } from './preferences.svelte';

export type View = 'chat' | 'memories' | 'banks' | 'lab' | 'settings' | 'welcome';

class AppState {
  view: View = $state('chat');
  /** The open chat; null shows the place to begin one. */
  chatId: string | null = $state(null);
  /** The turn that the right pane shows. */
  selectedTurnId: string | null = $state(null);
  /** A message the chat view is to scroll to once; it sets this to null when it has. */
  focusMessageId: string | null = $state(null);
  /** The open section of the settings. */
  settingsSection = $state('models');
  /** Which layer stands over the page. */
  layer: 'none' | 'palette' | 'search' | 'keys' = $state('none');
  /** Said politely by screen readers; set it with `announce`. */
  polite = $state('');
  /** Said at once by screen readers. */
  assertive = $state('');

  /** The preferences, for reading. Change them with `preferences.set`. */
  get preferences() {
    return preferences.now;
  }

  openChat(id: string, messageId: string | null = null) {
    if (this.chatId !== id) this.selectedTurnId = null;
    this.chatId = id;
    this.focusMessageId = messageId;
    this.view = 'chat';
    this.layer = 'none';
    preferences.set({ lastChat: id });
  }

  /** Makes a chat and opens it. */
  async newChat(kind: ChatKind = 'normal') {
    try {
      const chat = await mutate('chat.create', { kind });
      this.openChat(chat.id);
    } catch (thrown) {
      toast.error(thrown);
    }
  }

  openSettings(section = 'models') {
    this.settingsSection = section;
    this.view = 'settings';
    this.layer = 'none';
  }

  /** Opens the fact browser. */
  openMemories() {
    this.view = 'memories';
    this.layer = 'none';
  }

  /** Opens the banks. */
  openBanks() {
    this.view = 'banks';
    this.layer = 'none';
  }

  /** Opens the recall lab. */
  openLab() {
    this.view = 'lab';
    this.layer = 'none';
  }

  openWelcome() {
    this.view = 'welcome';
    this.layer = 'none';
  }

  /** Says something to screen readers; `assertive` interrupts and is for errors. */
  announce(text: string, how: 'polite' | 'assertive' = 'polite') {
    // The same words twice would be no change and stay unsaid, so a no-break space tells them apart.
    if (how === 'assertive') this.assertive = this.assertive === text ? `${text}\u00a0` : text;
    else this.polite = this.polite === text ? `${text}\u00a0` : text;
  }
}

export const app = new AppState();
