// The small types that parts share with the views that use them.
import type { LucideIcon } from '@lucide/svelte';

/** An icon of the icon set, e.g. `import Plus from '@lucide/svelte/icons/plus'`. */
export type Icon = LucideIcon;

/** What a badge or a note is about. `memory` is amber and means memory, nothing else. */
export type Tone = 'neutral' | 'memory' | 'good' | 'warn' | 'bad';

/** A choice in a Select, Combobox, Segmented or PickList. */
export interface Option<V extends string = string> {
  value: V;
  label: string;
  /** Said smaller, beside the label. */
  detail?: string | undefined;
  /** Heading under which it stands (PickList and Combobox). */
  group?: string | undefined;
  /** Found by these words as well, which are not shown, e.g. its id. */
  find?: string | undefined;
  icon?: Icon | undefined;
  /** A chord shown at the end of the row (PickList). */
  chord?: string | undefined;
  disabled?: boolean | undefined;
}

/** A row of a Menu. */
export type MenuItem =
  | { kind: 'separator' }
  | { kind: 'heading'; label: string }
  | {
      kind?: 'item' | 'check';
      label: string;
      onselect: () => unknown;
      icon?: Icon | undefined;
      detail?: string | undefined;
      chord?: string | undefined;
      danger?: boolean | undefined;
      disabled?: boolean | undefined;
      /** For `check`: whether it is on. */
      checked?: boolean | undefined;
    };
