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

interface ModelCall {
  id: string;
  operation: string;
  started_at: string;
  bank_id?: string;
  trace_id?: string;
  [name: string]: unknown;
}

export class LoggedMemory extends ScriptedMemory {
  /** Whether it keeps the log. */
  kept = false;
  /** The newest first. */
  entries: Entry[] = [];
  /** The log of model calls, the newest first; of every bank unless a call names one. */
  models: ModelCall[] = [];
  /** Whether it keeps that log; what is not kept is not offered. */
  traced = true;
  /** Whether reading that log fails. */
  modelsFail = false;
  /** Its version; before 0.9 it has no logs. */
  version = '1.1.0';
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
        if (this.modelsFail) return json(response, 500, { detail: 'no disk' });
        return this.#listModels(bank, call, response);
      }
      if (call.path === '/version') {
        return json(response, 200, { api_version: this.version, features: { llm_trace: this.traced } });
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
    const began = this.now;
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

  /** The time by its own clock, in milliseconds. */
  get now(): number {
    return Date.now() + this.clockOff;
  }

  /** So many recalls of other clients, each a millisecond after the one before, the last of them now. */
  crowd(bank: string, queries: readonly string[]): void {
    const first = this.now - queries.length;
    for (const [n, query] of queries.entries()) {
      const at = new Date(first + n).toISOString();
      const results = [{ id: 'fact-1', text: query.slice(0, 200), type: 'world' }];
      this.entries.unshift({
        id: randomUUID(), action: 'recall', transport: 'mcp', bank_id: bank, started_at: at, ended_at: at,
        duration_ms: 7, metadata: {}, request: { query }, response: { results },
      }); // prettier-ignore
    }
  }

  /** A call of a model that began so many milliseconds ago and is in the log now. */
  asked(id: string, operation: string, more: object = {}, ago = 0): void {
    const at = new Date(this.now - ago).toISOString();
    this.models.unshift({
      id, operation, trace_id: `run-${id}`, started_at: at, ended_at: at, duration_ms: 9, status: 'success',
      provider: 'scripted', model: 'scripted-1', input_tokens: 900, output_tokens: 40, ...more,
    }); // prettier-ignore
  }

  #listModels(bank: string, { query }: Call, response: ServerResponse) {
    const [from, to] = [query.get('start_date'), query.get('end_date')];
    const all = this.models.filter(
      (one) =>
        (one.bank_id ?? bank) === bank &&
        (query.get('operation') ?? one.operation) === one.operation &&
        (query.get('trace_id') ?? one.trace_id) === one.trace_id &&
        (from === null || one.started_at >= from) &&
        (to === null || one.started_at < to),
    );
    all.sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
    json(response, 200, { items: all.slice(0, Number(query.get('limit') ?? 50)), total: all.length });
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
