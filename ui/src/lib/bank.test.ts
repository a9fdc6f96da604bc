// The preview of a profile's bank says what the app's resolver will decide.
import { expect, it } from 'vitest';
import type { Profile } from '$gen/Profile';
import { bankIdFault, bankPreview } from './bank';

const ana: Profile = {
  id: 'p',
  name: 'work',
  userId: 'ana@example.org',
  bankRule: 'team-{user.prefix}',
  bankId: 'fixed',
  settings: {},
};

it('the rule comes before the fixed bank, and the fixed bank before the user', () => {
  expect(bankPreview(ana)).toEqual({ kind: 'bank', bank: 'team-ana', by: 'rule' });
  expect(bankPreview({ ...ana, bankRule: ' ' })).toEqual({ kind: 'bank', bank: 'fixed', by: 'bank' });
  expect(bankPreview({ ...ana, bankRule: null, bankId: '' })).toEqual({
    kind: 'bank',
    bank: 'ana@example.org',
    by: 'user',
  });
  expect(bankPreview({ ...ana, bankRule: null, bankId: null, userId: null })).toEqual({ kind: 'none' });
});

it.each([
  ['{user.id}', 'ana@example.org'],
  ['{user.prefix}-{profile}', 'ana-work'],
  ['plain', 'plain'],
])('fills the rule %s', (bankRule, bank) => {
  expect(bankPreview({ ...ana, bankRule })).toMatchObject({ kind: 'bank', bank });
});

it.each([
  ['a rule that needs a user when there is none', '{user.id}', null],
  ['an unknown name', '{team}', 'ana'],
  ['a brace that is not closed', 'x-{user.id', 'ana'],
  ['a bank that the server cannot address', '{user.id}', 'a/b'],
])('%s is wrong and never another bank', (_what, bankRule, userId) => {
  expect(bankPreview({ ...ana, bankRule, userId }).kind).toBe('wrong');
});

it('refuses the ids that the app refuses, and no others', () => {
  for (const id of ['', '  ', '_x', 'a\nb', 'a/b', 'é'.repeat(97)]) expect(bankIdFault(id)).not.toBeNull();
  for (const id of ['ana', "Ana's bank", '100%?#', '日本', 'x'.repeat(192)])
    expect(bankIdFault(id)).toBeNull();
});
