// The scripted memory server with an audit log as Hindsight 1.1 keeps it: off until a bank asks for it, dated by the
// server's own clock, lists without bodies, no word about who asked. And a log of model calls.
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ScriptedMemory } from './memory';
import { json, type Call } from './server';

interface Entry {
  id: string;
  action: string;
  transport: string;
  bank_id: string;
  started_at: string;
  ended_at: string;
  duration_ms: number;
  metadata: object;
  request: unknown;
  response: unknown;
}

const ACTIONS: Record<string, string> = {
  '/memories/recall': 'recall',
  '/reflect': 'reflect',
  '/memories': 'retain',
  '/directives': 'create_directive',
};

export class LoggedMemory extends ScriptedMemory {
  /** Whether it keeps the log. */
  kept = false;
  /** The newest first. */
  entries: Entry[] = [];
  models: object[] = [];
  /** How far its clock is from this computer's, in milliseconds. */
  clockOff = 0;

  protected override async answer(call: Call, response: ServerResponse): Promise<void> {
    const [, bank = '', rest = ''] = /^\/v1\/default\/banks\/([^/]+)(\/.*)?$/.exec(call.path) ?? [];
    if (!this.dead && call.method === 'GET') {
      if (rest === '/audit-logs') return this.#list(bank, call, response);
      const id = /^\/audit-logs\/(.+)$/.exec(rest)?.[1];
      if (id !== undefined) {
        const entry = this.entries.find((one) => one.id === id);
        return json(response, entry ? 200 : 404, entry ?? { detail: 'Audit log not found' });
      }
      if (rest === '/llm-requests') {
        const wanted = call.query.get('operation');
        const items = this.models.filter((one) => (one as { operation: string }).operation === wanted);
        return json(response, 200, { items, total: items.length });
      }
    }
    if (!this.dead && rest === '/config') {
      if (call.method === 'PATCH') {
        const { updates } = JSON.parse(call.body) as { updates: { audit_log_enabled?: boolean } };
        this.kept = updates.audit_log_enabled ?? this.kept;
      }
      return json(response, 200, { config: { audit_log_enabled: this.kept }, overrides: {} });
    }
    const action = call.method === 'POST' ? ACTIONS[rest] : undefined;
    if (action === undefined || !this.kept || this.dead) return super.answer(call, response);
    const began = Date.now() + this.clockOff;
    let said = '';
    const end = response.end.bind(response) as (body: string) => ServerResponse;
    response.end = ((body: string) => {
      said = body;
      return end(body);
    }) as never;
    await super.answer(call, response);
    this.entries.unshift({
      id: randomUUID(),
      action,
      transport: 'http',
      bank_id: bank,
      started_at: new Date(began).toISOString(),
      ended_at: new Date(began + 25).toISOString(),
      duration_ms: 25,
      metadata: {},
      request: JSON.parse(call.body),
      response: JSON.parse(said),
    });
  }

  #list(bank: string, call: Call, response: ServerResponse) {
    const from = call.query.get('start_date') ?? '';
    const all = this.entries.filter((entry) => entry.bank_id === bank && entry.started_at >= from);
    const items = all
      .slice(0, Number(call.query.get('limit') ?? 50))
      .map(({ request: _asked, response: _said, ...entry }) => entry);
    json(response, 200, { items, total: all.length });
  }

  /** What a program on this machine asks with plain HTTP and the server's key. */
  async client(bank: string, rest: string, body: object): Promise<unknown> {
    const answer = await fetch(`${this.url}/v1/default/banks/${bank}${rest}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.key ?? ''}` },
      body: JSON.stringify(body),
    });
    return answer.json();
  }
}
