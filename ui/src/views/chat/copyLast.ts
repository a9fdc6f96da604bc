// Copies the last answer of a chat, or its last code block.
import { toast } from '$lib/toast';
import { codeBlocks, textOf } from '$lib/transcript';
import { app } from '$state/app.svelte';
import type { OpenChat } from '$state/chat.svelte';

/** Copies it and says so to screen readers, or says that there is none. */
export async function copyLast(chat: OpenChat, what: 'answer' | 'code') {
  const head = chat.path.findLast((one) => one.role === 'assistant');
  const answer = textOf((head && chat.messages.get(head.id)?.parts) ?? []);
  const found = what === 'code' ? codeBlocks(answer).at(-1) : answer;
  if (!found)
    return app.announce(what === 'code' ? 'The last answer has no code.' : 'There is no answer yet.');
  try {
    await navigator.clipboard.writeText(found);
    app.announce('Copied.');
  } catch (thrown) {
    toast.error(thrown);
  }
}
