// A webhook goes into the form and comes out as it was; its secret never does.
import { expect, it } from 'vitest';
import type { Webhook } from '$gen/Webhook';
import { fault, toFields, toPatch } from './webhooks';

const hook: Webhook = {
  id: 'w',
  url: 'https://a.example/hook',
  hasSecret: true,
  eventTypes: ['retain.completed', 'something.new'],
  enabled: false,
  httpConfig: { method: 'get', timeoutSeconds: 5, headers: { 'X-A': '1' }, params: { b: '2' } },
  createdAt: null,
  updatedAt: null,
};

it('a webhook comes out as it went in, also with events that are new to Rearview', () => {
  expect(toPatch(toFields(hook))).toEqual({
    url: hook.url,
    eventTypes: hook.eventTypes,
    enabled: false,
    httpConfig: { method: 'GET', timeoutSeconds: 5, headers: { 'X-A': '1' }, params: { b: '2' } },
  });
});

it('a secret is sent only when one was entered', () => {
  expect('secret' in toPatch(toFields(hook))).toBe(false);
  expect(toPatch({ ...toFields(hook), secret: 'new' }).secret).toBe('new');
});

it('only addresses of the web are taken, with at least one event', () => {
  expect(fault(toFields(hook))).toEqual({});
  for (const url of ['', 'a.example', 'javascript:alert(1)', 'file:///etc/passwd', 'ftp://a'])
    expect(fault({ ...toFields(hook), url }).url, url).toBeDefined();
  expect(fault({ ...toFields(hook), events: [] }).events).toBeDefined();
});
