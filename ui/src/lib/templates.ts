// Templates of banks as text: read, and what one would do in words. Pure.
import type { TemplateOutcome } from '$gen/TemplateOutcome';
import { count } from './format';

export type Parsed = { ok: true; template: Record<string, unknown> } | { ok: false; why: string };

/** Reads a template. Whether a server takes it is the server's to say. */
export function parseTemplate(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    return {
      ok: false,
      why: `This is no JSON: ${thrown instanceof Error ? thrown.message : 'it cannot be read'}`,
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, why: 'A template is a JSON object.' };
  }
  if (!('version' in value)) return { ok: false, why: 'A template says its “version”; today that is "1".' };
  return { ok: true, template: value as Record<string, unknown> };
}

/** What a template did, or would do, line by line. */
export function outcomeLines(outcome: TemplateOutcome, template: unknown): string[] {
  const keys = settingsIn(template);
  const names = (list: readonly string[]) => list.map((name) => `“${name}”`).join(', ');
  return [
    outcome.configApplied
      ? keys > 0
        ? `${count(keys, 'setting')} set`
        : 'settings set'
      : 'No setting changes',
    ...line(outcome.directivesCreated, (n) => `${count(n, 'directive')} new`, names),
    ...line(outcome.directivesUpdated, (n) => `${count(n, 'directive')} changed`, names),
    ...line(outcome.mentalModelsCreated, (n) => `${count(n, 'mental model')} new`, names),
    ...line(outcome.mentalModelsUpdated, (n) => `${count(n, 'mental model')} changed`, names),
  ];
}

function line(
  list: readonly string[],
  words: (n: number) => string,
  names: (list: readonly string[]) => string,
): string[] {
  return list.length === 0 ? [] : [`${words(list.length)}: ${names(list)}`];
}

function settingsIn(template: unknown): number {
  if (typeof template !== 'object' || template === null || !('bank' in template)) return 0;
  const { bank } = template;
  if (typeof bank !== 'object' || bank === null) return 0;
  return Object.values(bank).filter((value) => value !== null).length;
}
