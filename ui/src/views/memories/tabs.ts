// The tabs of the view Memories, in their order. Each place adds its line here; what is not here is not shown.
import History from '@lucide/svelte/icons/history';
import List from '@lucide/svelte/icons/list';
import ScanSearch from '@lucide/svelte/icons/scan-search';
import type { Component } from 'svelte';
import type { Icon } from '$parts/types';
import Changes from './changes/Changes.svelte';
import FactList from './list/FactList.svelte';
import Review from './review/Review.svelte';

export interface Tab {
  id: string;
  label: string;
  icon: Icon;
  /** Draws the tab; it reads `memories.scope` by itself and fills the height. */
  component: Component;
}

export const TABS: readonly Tab[] = [
  { id: 'list', label: 'List', icon: List, component: FactList },
  { id: 'review', label: 'Review', icon: ScanSearch, component: Review },
  { id: 'changes', label: 'Changes', icon: History, component: Changes },
];
