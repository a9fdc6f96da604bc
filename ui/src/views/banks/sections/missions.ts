// The sections about missions and the settings of a bank.
import Compass from '@lucide/svelte/icons/compass';
import Layers from '@lucide/svelte/icons/layers';
import MessageSquareText from '@lucide/svelte/icons/message-square-text';
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal';
import { bankDrafts } from '$state/bankDrafts.svelte';
import { unsavedMissions } from '$state/missions.svelte';
import Missions from '../missions/Missions.svelte';
import Prompts from '../prompts/Prompts.svelte';
import Scopes from '../scopes/Scopes.svelte';
import BankSettings from '../settings/BankSettings.svelte';
import type { BankSection } from './types';

export const missionSections: readonly BankSection[] = [
  {
    id: 'missions',
    label: 'Missions',
    icon: Compass,
    component: Missions,
    dirty: unsavedMissions,
    feature: 'bank_config',
    order: 110,
    group: 'Missions',
  },
  {
    id: 'settings',
    label: 'Settings',
    icon: SlidersHorizontal,
    component: BankSettings,
    dirty: bankDrafts.anySetting,
    feature: 'bank_config',
    order: 120,
    group: 'Missions',
  },
  {
    id: 'prompts',
    label: 'Prompts',
    icon: MessageSquareText,
    component: Prompts,
    feature: 'prompts_preview',
    order: 130,
    group: 'Missions',
  },
  {
    id: 'scopes',
    label: 'Scopes',
    icon: Layers,
    component: Scopes,
    feature: null,
    order: 140,
    group: 'Missions',
  },
];
