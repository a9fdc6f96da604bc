// What can be done with one fact of an answer: look at it, make a check of it, copy it, ask why it is not there.
import Check from '@lucide/svelte/icons/check';
import Copy from '@lucide/svelte/icons/copy';
import Ban from '@lucide/svelte/icons/ban';
import PanelRight from '@lucide/svelte/icons/panel-right';
import Search from '@lucide/svelte/icons/search';
import type { RecallRequest } from '$gen/RecallRequest';
import type { MenuItem } from '$parts/types';
import { lab } from '$state/lab.svelte';
import { labChecks } from '$state/labChecks.svelte';
import { selected } from '$state/selected.svelte';

export interface Told {
  id: string;
  text: string;
  /** Its place in the answer; null when it was not answered. */
  rank: number | null;
}

export function show(id: string) {
  if (lab.place) selected.show({ ...lab.place, id });
}

export function resultMenu(fact: Told, request: RecallRequest | null): MenuItem[] {
  const { place } = lab;
  const expect = (rank: number | null) => () => {
    if (place && request) {
      void labChecks.expect(place, request, { kind: 'fact', id: fact.id, text: fact.text, rank });
    }
  };
  return [
    { label: 'Show memory', icon: PanelRight, onselect: () => show(fact.id) },
    { kind: 'separator' },
    { label: 'Expect this', icon: Check, onselect: expect(null) },
    ...(fact.rank === null
      ? []
      : [{ label: `Expect this at rank ${fact.rank} or before`, icon: Check, onselect: expect(fact.rank) }]),
    {
      label: 'Never this',
      icon: Ban,
      onselect: () => {
        if (place && request) {
          void labChecks.expect(place, request, { kind: 'never', id: fact.id, text: fact.text });
        }
      },
    },
    { kind: 'separator' },
    ...(fact.rank === null
      ? [
          {
            label: 'Why is this not here',
            icon: Search,
            onselect: () => {
              lab.clearWhy();
              lab.sought = { id: fact.id, text: fact.text, bankId: place?.bankId ?? null };
              void lab.explain();
            },
          },
        ]
      : []),
    { label: 'Copy text', icon: Copy, onselect: () => navigator.clipboard.writeText(fact.text) },
  ];
}
