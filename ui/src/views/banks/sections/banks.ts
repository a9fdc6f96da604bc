// The sections about a bank as a whole.
import Copy from '@lucide/svelte/icons/copy';
import FileJson from '@lucide/svelte/icons/file-braces';
import Gauge from '@lucide/svelte/icons/gauge';
import Tags from '@lucide/svelte/icons/signature';
import Move from '../move/Move.svelte';
import Names from '../names/Names.svelte';
import Overview from '../overview/Overview.svelte';
import Template from '../template/Template.svelte';
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
  { id: 'names', label: 'Names', icon: Tags, component: Names, feature: 'aliases', order: 12, group: 'Bank' },
  {
    id: 'move',
    label: 'Copy and move',
    icon: Copy,
    component: Move,
    feature: null,
    order: 14,
    group: 'Bank',
  },
  {
    id: 'template',
    label: 'Template',
    icon: FileJson,
    component: Template,
    feature: 'bank_template',
    order: 16,
    group: 'Bank',
  },
];
