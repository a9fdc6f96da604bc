// What the rows of a transcript share: their chat, its composer, and the models there are.
import { createContext } from 'svelte';
import type { ModelInfo } from '$gen/ModelInfo';
import type { OpenChat } from '$state/chat.svelte';
import type { Composer } from '$state/composer.svelte';

export interface ChatContext {
  readonly chat: OpenChat;
  readonly composer: Composer;
  /** All models that can be chosen; empty until they are known. */
  readonly models: readonly ModelInfo[];
  /** The model that would answer next, as `provider/model`. */
  readonly model: string;
}

export const [getChat, setChat] = createContext<ChatContext>();
