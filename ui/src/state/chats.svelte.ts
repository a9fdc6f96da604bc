// The list of chats as the left pane and the palette show it: how much of it is loaded, what is running, which
// chat is being renamed or about to be deleted. The chats themselves are the answer of `chat.list`.
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Chat } from '$gen/Chat';
import type { Learned } from '$gen/Learned';
import { toast } from '$lib/toast';
import { app } from './app.svelte';
import { mutate, onAppEvent, query } from './commands.svelte';

const PAGE = 200;

class ChatsState {
  /** How many chats are asked for; grows as the list is scrolled. */
  limit = $state(PAGE);
  /** What notices said last about a chat: whether an answer is under way. */
  #heard = new SvelteMap<string, boolean>();
  /** Chats that finished while another was open. */
  news = new SvelteSet<string>();
  /** The chat whose title is being typed. */
  renaming: string | null = $state(null);
  /** The chat that the delete dialog asks about. */
  deleting: Chat | null = $state.raw(null);

  /** The list, kept fresh. Call it while a component is set up. */
  query() {
    return query('chat.list', () => ({ limit: this.limit, offset: 0 }), { keep: true });
  }

  /** Hears about runs until stopped. */
  follow(): () => void {
    return onAppEvent((event) => {
      if (event.kind !== 'run') return;
      this.#heard.set(event.chat_id, event.running);
      if (!event.running && event.chat_id !== app.chatId) this.news.add(event.chat_id);
    });
  }

  /** Whether an answer is under way. A notice is newer than the list, which says what was before the first one. */
  isRunning(id: string, listed: readonly string[]): boolean {
    return this.#heard.get(id) ?? listed.includes(id);
  }

  /** Asks for more when the end of what is loaded comes into view. */
  more(loaded: number, total: number) {
    if (loaded < total && loaded >= this.limit) this.limit += 2 * PAGE;
  }

  async rename(id: string, title: string) {
    this.renaming = null;
    const words = title.trim();
    if (!words) return;
    try {
      await mutate('chat.update', { chatId: id, title: words });
    } catch (thrown) {
      toast.error(thrown);
    }
  }

  /** Deletes a chat and opens the one that stood beside it. Throws the failure for the dialog to show. */
  async delete(chat: Chat, learned: Learned, beside: Chat | undefined) {
    await mutate('chat.delete', { chatId: chat.id, learned });
    this.deleting = null;
    if (app.chatId !== chat.id) return;
    if (beside) app.openChat(beside.id);
    else app.chatId = null;
  }
}

export const chats = new ChatsState();
