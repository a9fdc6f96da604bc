// A memory server that answers from a script, in the shape of Hindsight 1.1: version, banks, recall, retain, operations,
// documents. What is true of a real server is proved elsewhere; this one can be made slow, wrong and hostile.
import type { ServerResponse } from 'node:http';
import type { FactBank } from './facts';
import { Gate } from './gate';
import { json, ScriptedServer } from './server';
import type { Call } from './server';

/** What can be made to misbehave. */
export type Endpoint = 'recall' | 'reflect' | 'retain' | 'operation' | 'list';
/** How: wait at a gate and then do it, or refuse with a status. */
export type Mood = Gate | { status: number; detail: string };

export interface Fact {
  id: string;
  text: string;
  type: 'world' | 'experience' | 'observation';
  tags?: string[];
}

export class ScriptedMemory extends ScriptedServer {
  /** The one key it accepts; null accepts all. */
  key: string | null = null;
  /** What recall finds in any bank, whatever is asked. */
  facts: Fact[] = [];
  /** What the list of its banks shows; without one there is no such list. */
  bank: FactBank | null = null;
  /** What reflect answers, whatever is asked. */
  paragraph = 'Ana likes quiet places.';
  /** What that is based on; null is not told. */
  basedOn: Record<string, object[]> | null = null;
  /** The tokens that it says reflect's model took; null is not told. */
  reflectTokens: number | null = null;
  /** Ids of facts that were learned after whatever it is asked about. */
  readonly learnedSince = new Set<string>();
  /** Ids of facts that it says are not there. */
  readonly gone = new Set<string>();
  readonly moods = new Map<Endpoint, Mood>();
  /** It hangs up on every call, as a machine that was switched off. */
  dead = false;
  /** After this many changes of facts it is dead; the last of them is made and its answer lost. */
  diesAfter: number | null = null;
  /** How operations stand when they are asked for. */
  operations: 'completed' | 'pending' | 'failed' = 'completed';

  /** Makes recall find these texts. */
  knows(...texts: string[]): void {
    const types = ['world', 'experience', 'observation'] as const;
    this.facts = texts.map((text, at) => ({ id: `fact-${at + 1}`, text, type: types[at % 3] ?? 'world' }));
  }

  /** The calls of an endpoint so far. */
  of(endpoint: Endpoint): Call[] {
    return this.calls.filter((call) => endpointOf(call) === endpoint);
  }

  /** What was handed over to be kept, in order. */
  get retained(): { content: string; document_id: string }[] {
    return this.of('retain').flatMap((call) => (JSON.parse(call.body) as { items: never[] }).items);
  }

  protected async answer(call: Call, response: ServerResponse): Promise<void> {
    if (this.dead) return void response.destroy();
    if (call.path === '/health') return json(response, 200, { status: 'healthy', database: 'connected' });
    if (call.path === '/version') return json(response, 200, { api_version: '1.1.0', features: {} });
    if (this.key !== null && call.headers.authorization !== `Bearer ${this.key}`) {
      return json(response, 401, { detail: 'Authentication failed: Invalid API key' });
    }
    const endpoint = endpointOf(call);
    const mood = endpoint && this.moods.get(endpoint);
    if (mood instanceof Gate) await mood.pass();
    else if (mood) return json(response, mood.status, { detail: mood.detail });
    if (endpoint === 'recall') return json(response, 200, this.#recall(call));
    if (endpoint === 'reflect') {
      const usage = this.reflectTokens === null ? {} : { total_tokens: this.reflectTokens };
      return json(response, 200, { text: this.paragraph, based_on: this.basedOn, usage });
    }
    if (endpoint === 'retain') {
      const { items, operation_id: id } = JSON.parse(call.body) as { items: object[]; operation_id: string };
      const answer = { success: true, bank_id: 'default', items_count: items.length, async: true };
      return json(response, 200, { ...answer, operation_id: id, operation_ids: [id] });
    }
    if (endpoint === 'operation') {
      const id = call.path.split('/').at(-1);
      const said = this.operations === 'failed' ? 'the model behind memory was not to be had' : null;
      const operation = { operation_id: id, operation_type: 'batch_retain', status: this.operations };
      return json(response, 200, { ...operation, error_message: said });
    }
    const changed = call.method === 'PATCH' ? /\/memories\/([^/]+)$/.exec(call.path)?.[1] : undefined;
    if (changed !== undefined && this.bank !== null) {
      const fact = this.bank.change(changed, JSON.parse(call.body) as object);
      if (this.diesAfter !== null && --this.diesAfter <= 0) {
        [this.dead, this.diesAfter] = [true, null];
        return void response.destroy();
      }
      if (fact) return json(response, 200, fact);
    }
    const one = call.method === 'GET' ? /\/memories\/([^/]+)$/.exec(call.path)?.[1] : undefined;
    if (one !== undefined && this.gone.has(one)) return json(response, 404, { detail: 'Memory not found' });
    if (one !== undefined && one !== 'list') {
      const fact = this.facts.find(({ id }) => id === decodeURIComponent(one));
      if (fact) return json(response, 200, { ...fact, entities: [], tags: [], state: 'valid' });
      const listed = this.bank?.one(one);
      if (listed) return json(response, 200, listed);
    }
    if (endpoint === 'list' && this.bank !== null) return json(response, 200, this.bank.list(call.query));
    // What it knows was stored before anybody asked, unless it is said otherwise, and all of it counts.
    if (
      endpoint === 'list' &&
      ['created_at', 'occurred_start'].includes(call.query.get('time_field') ?? '')
    ) {
      const since = call.query.has('start_date');
      const facts = call.query.get('state') === 'invalidated' ? [] : this.facts;
      const items = facts
        .filter(
          ({ id }) => since === (this.learnedSince.has(id) && call.query.get('time_field') === 'created_at'),
        )
        .map(({ type, ...fact }) => ({ ...fact, fact_type: type, state: 'valid' }));
      return json(response, 200, { items, total: items.length, limit: 100, offset: 0 });
    }
    // What is suggested while a filter is typed.
    if (call.method === 'GET' && this.bank !== null && /\/(tags|entities|documents)$/.test(call.path)) {
      return json(response, 200, { items: [], total: 0, limit: 100, offset: 0 });
    }
    if (call.method === 'GET' && call.path === '/v1/default/banks') {
      const banks = ['default', 'work'].map((id) => ({
        bank_id: id,
        name: id,
        fact_count: this.bank?.count ?? this.facts.length,
      }));
      return json(response, 200, { total: banks.length, limit: 100, offset: 0, banks });
    }
    if (call.method === 'DELETE') return json(response, 200, { success: true, memory_units_deleted: 1 });
    json(response, 404, { detail: 'Not Found' });
  }

  #recall(call: Call): object {
    const results = this.facts.map((fact, at) => ({
      ...fact,
      entities: at === 0 ? ['Ana'] : [],
      occurred_start: '2026-05-01T00:00:00Z',
      mentioned_at: '2026-05-02T10:00:00Z',
      tags: fact.tags ?? [],
      scores: { final: 0.9 / (at + 1), semantic: 0.5 },
    }));
    const ranked = results.map((fact, at) => ({
      rank: at + 1,
      node_id: fact.id,
      text: fact.text,
      score: 0.5,
    }));
    const arm = { method_name: 'semantic', fact_type: 'world', results: ranked };
    const query = { query_text: (JSON.parse(call.body) as { query: string }).query, query_embedding: [0.1] };
    return { results, trace: { query, retrieval_results: [arm] } };
  }
}

function endpointOf({ method, path }: Call): Endpoint | null {
  if (method === 'POST' && path.endsWith('/memories/recall')) return 'recall';
  if (method === 'POST' && path.endsWith('/reflect')) return 'reflect';
  if (method === 'POST' && path.endsWith('/memories')) return 'retain';
  if (method === 'GET' && path.endsWith('/memories/list')) return 'list';
  return method === 'GET' && path.includes('/operations/') ? 'operation' : null;
}
