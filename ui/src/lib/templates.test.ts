import { describe, expect, it } from 'vitest';
import type { TemplateOutcome } from '$gen/TemplateOutcome';
import { bankIdFault } from './bank';
import { BUILT_IN } from './bankTemplates';
import { outcomeLines, parseTemplate } from './templates';

describe('a template', () => {
  it('is a JSON object with a version, and what is none says why', () => {
    expect(parseTemplate('{"version":"1"}')).toEqual({ ok: true, template: { version: '1' } });
    for (const [text, why] of [
      ['{', 'no JSON'],
      ['[1]', 'JSON object'],
      ['null', 'JSON object'],
      ['{"bank":{}}', 'version'],
    ] as const) {
      expect(parseTemplate(text)).toMatchObject({ ok: false, why: expect.stringContaining(why) });
    }
  });

  it('tells what it would do in words', () => {
    const outcome: TemplateOutcome = {
      configApplied: true,
      mentalModelsCreated: [],
      mentalModelsUpdated: [],
      directivesCreated: ['Polite', '<b>'],
      directivesUpdated: [],
      operationIds: [],
      dryRun: true,
    };
    expect(outcomeLines(outcome, { bank: { a: 1, b: null } })).toEqual([
      '1 setting set',
      '2 directives new: “Polite”, “<b>”',
    ]);
  });

  it('comes built in as what it would be from a file', () => {
    for (const { template, id } of BUILT_IN) {
      expect(parseTemplate(JSON.stringify(template)).ok).toBe(true);
      expect(bankIdFault(id)).toBeNull();
    }
  });
});
