// The sections about what a bank keeps inside: directives, mental models, operations, webhooks, logs.
import BookOpen from '@lucide/svelte/icons/book-open';
import ChartColumn from '@lucide/svelte/icons/chart-column';
import Lightbulb from '@lucide/svelte/icons/lightbulb';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Radio from '@lucide/svelte/icons/radio';
import Scale from '@lucide/svelte/icons/scale';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Sparkles from '@lucide/svelte/icons/sparkles';
import Tag from '@lucide/svelte/icons/tag';
import Webhook from '@lucide/svelte/icons/webhook';
import Audit from '../audit/Audit.svelte';
import Calls from '../calls/Calls.svelte';
import Directives from '../directives/Directives.svelte';
import Live from '../live/Live.svelte';
import Models from '../models/Models.svelte';
import Operations from '../operations/Operations.svelte';
import Pages from '../pages/Pages.svelte';
import Stats from '../stats/Stats.svelte';
import Tags from '../tags/Tags.svelte';
import Webhooks from '../webhooks/Webhooks.svelte';
import type { BankSection } from './types';

const group = 'Inside' as const;

export const insideSections: readonly BankSection[] = [
  { id: 'stats', label: 'Statistics', icon: ChartColumn, component: Stats, feature: null, order: 300, group },
  {
    id: 'directives',
    label: 'Directives',
    icon: Scale,
    component: Directives,
    feature: 'directives',
    order: 310,
    group,
  },
  {
    id: 'models',
    label: 'Mental models',
    icon: Lightbulb,
    component: Models,
    feature: 'mental_models',
    order: 320,
    group,
  },
  {
    id: 'pages',
    label: 'Knowledge pages',
    icon: BookOpen,
    component: Pages,
    feature: 'knowledge_base',
    order: 330,
    group,
  },
  { id: 'tags', label: 'Tags', icon: Tag, component: Tags, feature: null, order: 340, group },
  {
    id: 'operations',
    label: 'Operations',
    icon: ListChecks,
    component: Operations,
    feature: null,
    order: 350,
    group,
  },
  { id: 'live', label: 'Live', icon: Radio, component: Live, feature: 'audit_logs', order: 355, group },
  {
    id: 'calls',
    label: 'Model calls',
    icon: Sparkles,
    component: Calls,
    feature: 'llm_requests',
    order: 360,
    group,
  },
  {
    id: 'audit',
    label: 'Audit log',
    icon: ScrollText,
    component: Audit,
    feature: 'audit_logs',
    order: 370,
    group,
  },
  {
    id: 'webhooks',
    label: 'Webhooks',
    icon: Webhook,
    component: Webhooks,
    feature: 'webhooks',
    order: 380,
    group,
  },
];
