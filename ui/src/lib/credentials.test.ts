// Credentials of several fields become one text, and what is wrong with them is said without repeating them.
import { expect, it } from 'vitest';
import { awsFault, awsSecret, serviceAccount } from './credentials';

it('an access key becomes one item, with its token only when there is one', () => {
  expect(JSON.parse(awsSecret({ id: ' AKIA1 ', secret: 's', token: '' }))).toEqual({
    access_key_id: 'AKIA1',
    secret_access_key: 's',
  });
  expect(JSON.parse(awsSecret({ id: 'ASIA1', secret: 's', token: 't' }))).toMatchObject({
    session_token: 't',
  });
  expect(awsSecret({ id: 'AKIA1', secret: '', token: '' })).toBe('');
});

it('half an access key is named, and a temporary one needs its token', () => {
  expect(awsFault({ id: '', secret: '', token: '' })).toBeNull();
  expect(awsFault({ id: 'AKIA1', secret: '', token: '' })?.part).toBe('secret');
  expect(awsFault({ id: '', secret: 's', token: '' })?.part).toBe('id');
  expect(awsFault({ id: 'ASIA1', secret: 's', token: '' })?.part).toBe('token');
  expect(awsFault({ id: 'ASIA1', secret: 's', token: 't' })).toBeNull();
});

it('a service account is told from other JSON, and no word of it comes back in a fault', () => {
  const whole = { type: 'service_account', project_id: 'p', client_email: 'a@p.iam', private_key: 'PRIVATE' };
  expect(serviceAccount(JSON.stringify(whole))).toEqual({ fault: null, project: 'p', email: 'a@p.iam' });
  const user = serviceAccount(JSON.stringify({ ...whole, type: 'authorized_user' }));
  expect(user.fault).toContain('service_account');
  const lacking = serviceAccount(JSON.stringify({ type: 'service_account', client_email: 'SECRET' }));
  expect(lacking.fault).toBe('It lacks “private_key”.');
  expect(serviceAccount('{"private_key": "PRIVATE').fault).not.toContain('PRIVATE');
  expect(serviceAccount('  ').fault).toBeNull();
});
