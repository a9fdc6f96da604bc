// The tabs of the view Memories, in their order. Each place adds its line here; what is not here is not shown.
import List from '@lucide/svelte/icons/list';
import type { Component } from 'svelte';
import type { Icon } from '$parts/types';
import FactList from './list/FactList.svelte';

export interface Tab {
  id: string;
  label: string;
  icon: Icon;
  /** Draws the tab; it reads `memories.scope` by itself and fills the height. */
  component: Component;
}

export const TABS: readonly Tab[] = [{ id: 'list', label: 'List', icon: List, component: FactList }];
