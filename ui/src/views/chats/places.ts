// The places beside the chats, in their order: what the foot of the left pane and the rail lead to.
import Brain from '@lucide/svelte/icons/brain';
import FlaskConical from '@lucide/svelte/icons/flask-conical';
import Landmark from '@lucide/svelte/icons/landmark';
import Settings from '@lucide/svelte/icons/settings';
import type { ActionId } from '$lib/keys';
import { app } from '$state/app.svelte';
import type { View } from '$state/app.svelte';
import { selected } from '$state/selected.svelte';

export interface Place {
  view: View;
  label: string;
  icon: typeof Brain;
  action: ActionId;
  open: () => void;
}

/** Goes to a place; the memory that was looked at elsewhere stays there. */
const to = (open: () => void) => () => {
  selected.clear();
  open();
};

export const PLACES: readonly Place[] = [
  {
    view: 'memories',
    label: 'Memories',
    icon: Brain,
    action: 'memories.open',
    open: to(() => app.openMemories()),
  },
  { view: 'banks', label: 'Banks', icon: Landmark, action: 'banks.open', open: to(() => app.openBanks()) },
  { view: 'lab', label: 'Recall lab', icon: FlaskConical, action: 'lab.open', open: to(() => app.openLab()) },
  {
    view: 'settings',
    label: 'Settings',
    icon: Settings,
    action: 'settings.open',
    open: to(() => app.openSettings()),
  },
];
