// Which bank a profile leads to, computed while it is typed. The same rules as the app's own resolver,
// which has the last word; this is a preview. Pure.

import type { Profile } from '$gen/Profile';

/** What a preview found: a bank and what decided it, or why there is none. */
export type BankPreview =
  | { kind: 'bank'; bank: string; by: 'rule' | 'bank' | 'user' }
  | { kind: 'none' }
  | { kind: 'wrong'; why: string };

/** Longest bank id that Hindsight 1.1 takes, in UTF-8 bytes. */
const MAX_BYTES = 192;

/** Why a text cannot be a bank id; null when it can. */
export function bankIdFault(text: string): string | null {
  if (text.trim() === '') return 'The bank id is empty.';
  if (new TextEncoder().encode(text).length > MAX_BYTES) return 'The bank id is longer than 192 bytes.';
  if (/\p{Cc}/u.test(text)) return 'The bank id contains a control character.';
  if (text.startsWith('_')) return 'A bank id cannot start with an underscore.';
  if (text.includes('/')) return 'A bank id cannot contain “/”.';
  return null;
}

/** Fills `{user.id}`, `{user.prefix}` and `{profile}`; answers the text, or why it cannot be filled. */
function fill(rule: string, profile: Profile): { text: string } | { why: string } {
  const user = profile.userId?.trim() ?? '';
  let text = '';
  let rest = rule;
  for (;;) {
    const open = rest.indexOf('{');
    if (open < 0) return { text: text + rest };
    const close = rest.indexOf('}', open);
    if (close < 0) return { why: 'The rule has a “{” without a “}”.' };
    const name = rest.slice(open + 1, close);
    if (name.startsWith('user.') && user === '' && (name === 'user.id' || name === 'user.prefix')) {
      return { why: 'The rule needs a user id.' };
    }
    if (name === 'user.id') text += rest.slice(0, open) + user;
    else if (name === 'user.prefix') text += rest.slice(0, open) + (user.split(/[@\-_.:/]/, 1)[0] ?? '');
    else if (name === 'profile') text += rest.slice(0, open) + profile.name;
    else return { why: `The rule uses “{${name}}”. It may use {user.id}, {user.prefix} and {profile}.` };
    rest = rest.slice(close + 1);
  }
}

/** The bank of a profile: its rule, else its fixed bank, else its user id, else whatever comes after it. */
export function bankPreview(profile: Profile): BankPreview {
  const checked = (bank: string, by: 'rule' | 'bank' | 'user'): BankPreview => {
    const why = bankIdFault(bank);
    return why === null ? { kind: 'bank', bank, by } : { kind: 'wrong', why };
  };
  const rule = profile.bankRule?.trim() ?? '';
  if (rule !== '') {
    const filled = fill(rule, profile);
    return 'why' in filled ? { kind: 'wrong', why: filled.why } : checked(filled.text, 'rule');
  }
  const bank = profile.bankId?.trim() ?? '';
  if (bank !== '') return checked(bank, 'bank');
  const user = profile.userId?.trim() ?? '';
  if (user !== '') return checked(user, 'user');
  return { kind: 'none' };
}
