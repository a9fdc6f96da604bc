// The sections about a bank as a whole.
import Gauge from '@lucide/svelte/icons/gauge';
import Overview from '../overview/Overview.svelte';
import type { BankSection } from './types';

export const bankSections: readonly BankSection[] = [
  {
    id: 'overview',
    label: 'Overview',
    icon: Gauge,
    component: Overview,
    feature: null,
    order: 10,
    group: 'Bank',
  },
];
