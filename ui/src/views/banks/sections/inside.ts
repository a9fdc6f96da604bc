// The sections about what a bank keeps inside: directives, mental models, operations, webhooks, logs.
import type { BankSection } from './types';

export const insideSections: readonly BankSection[] = [];
