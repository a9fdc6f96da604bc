// The tabs of the view Memories, in their order. Each place adds its line here; what is not here is not shown.
import CalendarClock from '@lucide/svelte/icons/calendar-clock';
import FileText from '@lucide/svelte/icons/file-text';
import History from '@lucide/svelte/icons/history';
import Syringe from '@lucide/svelte/icons/syringe';
import List from '@lucide/svelte/icons/list';
import ScanSearch from '@lucide/svelte/icons/scan-search';
import Tag from '@lucide/svelte/icons/tag';
import Waypoints from '@lucide/svelte/icons/waypoints';
import Download from '@lucide/svelte/icons/download';
import Upload from '@lucide/svelte/icons/upload';
import type { Component } from 'svelte';
import type { Icon } from '$parts/types';
import Changes from './changes/Changes.svelte';
import DocumentsTab from './documents/DocumentsTab.svelte';
import EntitiesTab from './entities/EntitiesTab.svelte';
import GraphTab from './graph/GraphTab.svelte';
import BringIn from './intake/BringIn.svelte';
import TakeOut from './intake/TakeOut.svelte';
import Injections from './injections/Injections.svelte';
import FactList from './list/FactList.svelte';
import Review from './review/Review.svelte';
import TimelineTab from './timeline/TimelineTab.svelte';

export interface Tab {
  id: string;
  label: string;
  icon: Icon;
  /** Draws the tab; it reads `memories.scope` by itself and fills the height. */
  component: Component;
  /** It needs no bank. */
  free?: boolean;
}

export const TABS: readonly Tab[] = [
  { id: 'list', label: 'List', icon: List, component: FactList },
  { id: 'entities', label: 'Entities', icon: Tag, component: EntitiesTab },
  { id: 'graph', label: 'Graph', icon: Waypoints, component: GraphTab },
  { id: 'timeline', label: 'Timeline', icon: CalendarClock, component: TimelineTab },
  { id: 'documents', label: 'Documents', icon: FileText, component: DocumentsTab },
  { id: 'review', label: 'Review', icon: ScanSearch, component: Review },
  { id: 'changes', label: 'Changes', icon: History, component: Changes },
  { id: 'injections', label: 'Injections', icon: Syringe, component: Injections, free: true },
  { id: 'in', label: 'Bring in', icon: Download, component: BringIn },
  { id: 'out', label: 'Take out', icon: Upload, component: TakeOut },
];
