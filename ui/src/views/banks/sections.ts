// The sections of a bank's page, in their order. Each family has a file of its own in `sections/`.
import { bankSections } from './sections/banks';
import { insideSections } from './sections/inside';
import { missionSections } from './sections/missions';
import type { BankSection } from './sections/types';

export type { BankSection, SectionProps } from './sections/types';

export const SECTIONS: readonly BankSection[] = [...bankSections, ...missionSections, ...insideSections].sort(
  (a, b) => a.order - b.order,
);
