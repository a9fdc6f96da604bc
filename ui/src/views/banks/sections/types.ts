// What a section of a bank's page is.
import type { Component } from 'svelte';
import type { Icon } from '$parts/types';

/** What every section is given. A section is made anew when another bank is opened. */
export interface SectionProps {
  serverId: string;
  bankId: string;
}

export interface BankSection {
  id: string;
  label: string;
  icon: Icon;
  component: Component<SectionProps>;
  /** The feature of the server that it needs, by its name in `server.features`; null when every server has it. Where it
   *  is missing the section stands in the list, disabled, with the reason. */
  feature: string | null;
  /** Place in the list: tens, so that there is room between. */
  order: number;
  /** Whether something in it is written and not saved; a dot says so. */
  dirty?: (serverId: string, bankId: string) => boolean;
  /** The heading that it stands under. */
  group: 'Bank' | 'Missions' | 'Inside';
}
