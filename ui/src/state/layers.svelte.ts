// The layers of settings that lie under one message of a chat: server, bank, profile, chat. Read through the cache, so
// that several parts of the composer share them. What a real turn decided is in its record.
import type { MemoryStatus } from '$gen/MemoryStatus';
import type { Layers } from '$lib/overrides';
import type { OpenChat } from './chat.svelte';
import { query } from './commands.svelte';

/** Reads the layers under a chat's own and under its messages'. Call it while a component is set up. */
export function layersOf(chat: OpenChat, status: () => MemoryStatus | null) {
  const serverId = $derived(status()?.bank?.serverId ?? null);
  const bankId = $derived(status()?.bank?.bankId ?? null);
  const servers = query('server.list', () => ({}));
  const bank = query('bank.settings', () => (serverId && bankId ? { serverId, bankId } : null));
  const profiles = query('profile.list', () => ({}));
  const profile = $derived(profiles.data?.items.find((one) => one.id === chat.chat?.profileId));
  const server = $derived(servers.data?.items.find((one) => one.config.id === serverId));
  const chatBelow: Layers = $derived([
    { level: 'server', layer: server?.config.settings ?? {} },
    { level: 'bank', layer: bank.data?.settings ?? {} },
    { level: 'profile', layer: profile?.settings ?? {} },
  ]);
  const messageBelow: Layers = $derived([
    ...chatBelow,
    { level: 'chat' as const, layer: chat.chat?.settings ?? {} },
  ]);
  return {
    /** What lies under the chat's own settings. */
    get chat() {
      return chatBelow;
    },
    /** What lies under the settings of one message. */
    get message() {
      return messageBelow;
    },
  };
}
