// The sections about missions and the settings of a bank.
import type { BankSection } from './types';

export const missionSections: readonly BankSection[] = [];
