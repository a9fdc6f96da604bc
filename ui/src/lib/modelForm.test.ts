// A mental model goes into the form and comes out as it was; what cannot be saved says why.
import { expect, it } from 'vitest';
import type { MentalModel } from '$gen/MentalModel';
import type { ModelTrigger } from '$gen/ModelTrigger';
import { FACT_TYPES, faults, groupFault, schemaFault, toFields, toTrigger } from './modelForm';

const trigger: ModelTrigger = {
  budget: 'high',
  mode: 'delta',
  refreshAfterConsolidation: false,
  refreshCron: '0 6 * * *',
  fullRefreshCron: '0 6 * * 1',
  minRefreshIntervalSeconds: 60,
  factTypes: ['world'],
  excludeMentalModels: true,
  excludeMentalModelIds: ['other'],
  tagsMatch: 'exact',
  tagGroups: [{ tags: ['work'] }],
  includeChunks: false,
  recallMaxTokens: 1000,
  recallChunksMaxTokens: 500,
  reflectSearchObservationsMaxTokens: 800,
  reflectSearchObservationsIncludeEntities: false,
  responseSchema: { type: 'object' },
  keepTrace: true,
};
const model = {
  id: 'm',
  name: 'Ana',
  sourceQuery: 'Who is Ana?',
  tags: ['a'],
  maxTokens: 512,
  trigger,
} as MentalModel;

it('a trigger comes out of the form as it went in', () => {
  expect(toTrigger(toFields(model))).toEqual(trigger);
});

it('what has the default of the server is sent as null, so that it follows the server', () => {
  const sent = toTrigger(toFields());
  expect(sent).toMatchObject({
    budget: null,
    factTypes: null,
    tagsMatch: null,
    tagGroups: null,
    refreshCron: null,
  });
  expect(sent.responseSchema).toBeNull();
});

it('a schedule goes when something else begins refreshes', () => {
  const fields = { ...toFields(model), when: 'consolidation' as const };
  expect(toTrigger(fields)).toMatchObject({ refreshCron: null, refreshAfterConsolidation: true });
});

it('a trigger that lies becomes the defaults', () => {
  const odd = {
    ...model,
    trigger: { tagGroups: 'x', responseSchema: [], factTypes: [] } as unknown as ModelTrigger,
  };
  expect(toFields(odd)).toMatchObject({
    tagGroups: [],
    schema: {},
    factTypes: [...FACT_TYPES],
    when: 'hand',
  });
});

it('what cannot be saved says why, field by field', () => {
  expect(Object.keys(faults(toFields())).sort()).toEqual(['name', 'question']);
  const fields = { ...toFields(model), maxTokens: 100, factTypes: [], cron: 'daily', fullCron: '* *' };
  expect(Object.keys(faults(fields)).sort()).toEqual(['cron', 'factTypes', 'fullCron', 'maxTokens']);
  expect(faults(toFields(model))).toEqual({});
});

it('groups of tags and schemas are checked before they are taken', () => {
  expect(groupFault([{ tags: ['a'] }, { and: [{ not: { or: [{ tags: ['b'] }] } }] }])).toBeNull();
  for (const wrong of [{}, [1], [{ tags: 'a' }], [{ and: 3 }], [{ not: [] }], [{ x: 1 }]])
    expect(groupFault(wrong)).not.toBeNull();
  expect(schemaFault({ type: 'object' })).toBeNull();
  expect(schemaFault([])).not.toBeNull();
});
