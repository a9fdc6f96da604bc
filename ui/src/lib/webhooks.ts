// Webhooks as a form: what a server calls, for what, with what. Pure; views/banks/webhooks draws it.
import type { Webhook } from '$gen/Webhook';
import type { WebhookPatch } from '$gen/WebhookPatch';

/** What a server calls for. Servers take other words too, so those stay in the list. */
export const EVENTS: readonly { value: string; label: string }[] = [
  { value: 'retain.completed', label: 'a text was stored' },
  { value: 'consolidation.completed', label: 'observations were made' },
  { value: 'memory_defense.triggered', label: 'memory defence stepped in' },
];

export interface WebhookFields {
  url: string;
  /** A new secret; empty keeps the one that is there. It is never read. */
  secret: string;
  events: string[];
  enabled: boolean;
  method: 'POST' | 'GET';
  seconds: number | null;
  headers: Record<string, string>;
  params: Record<string, string>;
}

/** The fields of a webhook; without one, of one to be made. */
export function toFields(hook?: Webhook): WebhookFields {
  const call = hook?.httpConfig;
  return {
    url: hook?.url ?? '',
    secret: '',
    events: hook ? [...hook.eventTypes] : ['consolidation.completed'],
    enabled: hook ? hook.enabled !== false : true,
    method: call?.method?.toUpperCase() === 'GET' ? 'GET' : 'POST',
    seconds: call?.timeoutSeconds ?? 30,
    headers: { ...call?.headers },
    params: { ...call?.params },
  };
}

/** The fields as a request. An empty secret is not sent. */
export function toPatch(fields: WebhookFields): WebhookPatch {
  return {
    url: fields.url.trim(),
    ...(fields.secret === '' ? {} : { secret: fields.secret }),
    eventTypes: fields.events,
    enabled: fields.enabled,
    httpConfig: {
      method: fields.method,
      timeoutSeconds: fields.seconds ?? 30,
      headers: fields.headers,
      params: fields.params,
    },
  };
}

/** What keeps it from being saved; null when nothing does. */
export function fault(fields: WebhookFields): { url?: string; events?: string } {
  const wrong: { url?: string; events?: string } = {};
  if (!isUrl(fields.url)) wrong.url = 'An address that begins with http:// or https:// is needed.';
  if (fields.events.length === 0) wrong.events = 'At least one event is needed.';
  return wrong;
}

function isUrl(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text.trim()).protocol);
  } catch {
    return false;
  }
}
