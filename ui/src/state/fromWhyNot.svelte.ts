// Makes the smallest change that "why not" found: in what is different for the next message, or in the chat's own settings,
// with an undo.
import type { TurnSettings } from '$gen/TurnSettings';
import { host } from '$host';
import type { Offer } from '$lib/injected/whyNot';
import { toast } from '$lib/toast';
import { readChatAgain } from './chat.svelte';
import { mutate } from './commands.svelte';
import { composerOf } from './composer.svelte';

/** Puts a change over the settings of the next message of a chat. */
export function changeNextMessage(chatId: string, offer: Offer): void {
  const composer = composerOf(chatId);
  if (offer.kind === 'settings')
    composer.over = { ...composer.over, settings: { ...composer.over.settings, ...offer.settings } };
  if (offer.kind === 'bank') composer.over = { ...composer.over, bankId: offer.bankId };
}

/** Puts a change into a chat's own settings; answers whether it is there. */
export async function changeChat(chatId: string, offer: Offer): Promise<boolean> {
  const set = async (change: { settings?: TurnSettings; bankId?: string }) => {
    await mutate('chat.update', { chatId, ...change });
    readChatAgain(chatId);
  };
  try {
    const { chat } = await host.call('chat.open', { chatId, tail: 0 });
    if (offer.kind === 'settings') {
      await set({ settings: { ...chat.settings, ...offer.settings } });
      toast.undo('The chat’s settings changed.', () =>
        set({ settings: chat.settings }).catch((thrown: unknown) => toast.error(thrown)),
      );
    } else if (offer.kind === 'bank') {
      await set({ bankId: offer.bankId });
      toast.undo('The chat uses another bank.', () =>
        set({ bankId: chat.bankId ?? '' }).catch((thrown: unknown) => toast.error(thrown)),
      );
    } else return false;
    return true;
  } catch (thrown) {
    toast.error(thrown);
    return false;
  }
}
