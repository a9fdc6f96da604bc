// Opens a memory from elsewhere: its bank's list in Memories, with the memory in the right pane.
import { app } from './app.svelte';
import { memories } from './memories.svelte';
import { selected } from './selected.svelte';
import type { MemoryRef } from './selected.svelte';

export function openMemory({ serverId, bankId, id }: MemoryRef) {
  memories.look({ serverId, bankId });
  memories.tab = 'list';
  selected.show({ serverId, bankId, id });
  app.openMemories();
}
