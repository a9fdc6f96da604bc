// Banks of the scripted app: two servers, one of them dead with `?banks=dead`, and many with `?banks=many`.
import type { BankRow } from '$gen/BankRow';
import type { BankMove } from '$gen/BankMove';
import { Failure } from '$host/failure';
import type { Answers } from '$host/fake';

const asked = new URLSearchParams(globalThis.location?.search ?? '').get('banks');

const bank = (id: string, more: Partial<BankRow> = {}): BankRow => ({
  id,
  name: id,
  alias: null,
  facts: 0,
  createdAt: '2026-10-01T08:00:00Z',
  lastWriteAt: null,
  ...more,
});

/** The banks of every server. Tests change it in place. */
export const kept: BankRow[] =
  asked === 'many'
    ? Array.from({ length: 500 }, (_, at) => bank(`bank-${at}`, { facts: (at * 7919) % 10_000 }))
    : [
        bank('default', { facts: 1284, lastWriteAt: '2026-11-27T09:00:00Z' }),
        bank('ana', { name: 'Ana', alias: 'Ana', facts: 187, lastWriteAt: '2026-11-20T09:00:00Z' }),
        bank('<b>bold</b>', { facts: 3 }),
      ];

/** Moves of banks. Tests change it in place. */
export const moves: BankMove[] = [];

export const answers: Answers = {
  'bank.list': ({ serverId }) => {
    if (asked === 'dead' && serverId !== 'embedded') {
      throw new Failure({
        code: 'networkUnreachable',
        message: 'The memory server could not be reached.',
        retryable: true,
      });
    }
    return { items: kept, total: kept.length };
  },
  'bank.alike': ({ typed }) => ({
    exists: kept.some(({ id }) => id === typed),
    items: typed === 'anna' ? kept.filter(({ id }) => id === 'ana') : [],
  }),
  'bank.uses': () => ({ chats: 2, waiting: 0, profiles: [], serverDefault: false }),
  'bank.moves': () => ({ items: moves }),
  'bank.aliases': ({ bankId }) => ({
    bankId,
    aliases: [
      { alias: 'Ana', primary: true },
      { alias: 'user-123', primary: false },
    ],
  }),
  'bank.template': () => ({
    template: { version: '1', bank: { retain_mission: 'Boats and harbours.' }, directives: [] },
  }),
  'bank.tryTemplate': () => ({
    configApplied: true,
    mentalModelsCreated: [],
    mentalModelsUpdated: [],
    directivesCreated: ['Say what is not decided'],
    directivesUpdated: [],
    operationIds: [],
    dryRun: true,
  }),
  'server.features': () => ({ items: [] }),
};
