// A memory server with knowledge pages and webhooks, which the engine in the app has not. It keeps them in memory and
// says no to everything else that a bank can be asked. Texts in it are hostile.
import type { ServerResponse } from 'node:http';
import { ScriptedServer, type Call } from './server';

export const HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
const BANK = '/v1/default/banks/ana';

interface Node {
  id: string;
  kind: 'folder' | 'page';
  name: string;
  parent_id: string | null;
  mental_model_id: string | null;
  children: Node[];
}

export class PageServer extends ScriptedServer {
  nodes: Node[] = [];
  hooks: Record<string, unknown>[] = [];
  #made = 0;

  protected async answer({ method, path, body }: Call, response: ServerResponse): Promise<void> {
    const given = body ? (JSON.parse(body) as Record<string, unknown>) : {};
    const say = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    const what = `${method} ${path.replace(BANK, 'B')}`;
    const id = path.split('/').at(-1) ?? '';
    if (what === 'GET /version')
      return say(200, {
        api_version: '1.1.0',
        features: { bank_llm_health: false },
      });
    if (what === 'GET /health') return say(200, { status: 'healthy', database: 'connected' });
    if (what === 'GET /v1/default/banks')
      return say(200, {
        banks: [{ bank_id: 'ana', name: 'ana', fact_count: 3 }],
        total: 1,
      });
    if (what === 'GET B/stats')
      return say(200, {
        total_nodes: 'many',
        nodes_by_fact_type: { world: 3 },
      });
    if (what === 'GET B/stats/memories-timeseries') return say(404, { detail: 'Not Found' });
    if (what === 'GET B/knowledge-base/tree') return say(200, { roots: this.#tree(null) });
    if (what === 'POST B/knowledge-base/folders' || what === 'POST B/knowledge-base/pages')
      return say(201, this.#make(path.endsWith('folders') ? 'folder' : 'page', given));
    if (what.startsWith('GET B/knowledge-base/pages/'))
      return say(200, {
        id,
        name: this.#node(id)?.name ?? '',
        body: `# Ana\n\n${HOSTILE} rows.`,
        markdown: 'x',
      });
    if (what.startsWith('PATCH B/knowledge-base/nodes/')) {
      Object.assign(this.#node(id) ?? {}, given);
      return say(200, this.#node(id));
    }
    if (what.startsWith('DELETE B/knowledge-base/nodes/')) {
      this.nodes = this.nodes.filter((node) => node.id !== id && node.parent_id !== id);
      return say(200, { status: 'deleted' });
    }
    if (what === 'GET B/knowledge-base/search')
      return say(200, {
        results: [{ id: 'n1', name: 'found', snippet: HOSTILE, score: 1 }],
        total: 1,
      });
    if (what === 'GET B/webhooks')
      return say(200, {
        items: this.hooks.map(blanked),
        total: this.hooks.length,
      });
    if (what === 'POST B/webhooks') {
      this.hooks.push({ id: `w${this.hooks.length}`, ...given });
      return say(201, blanked(this.hooks.at(-1) ?? {}));
    }
    if (what.startsWith('PATCH B/webhooks/')) {
      const hook = this.hooks.find((one) => one['id'] === id) ?? {};
      Object.assign(hook, given);
      return say(200, blanked(hook));
    }
    if (what.endsWith('/deliveries'))
      return say(200, {
        items: [{ id: 'd', status: 'failed', last_error: HOSTILE }],
      });
    return say(404, { detail: 'Not Found' });
  }

  #node(id: string): Node | undefined {
    return this.nodes.find((node) => node.id === id);
  }

  #make(kind: Node['kind'], given: Record<string, unknown>) {
    const id = `n${(this.#made += 1)}`;
    const parent = typeof given['parent_id'] === 'string' ? given['parent_id'] : null;
    const name = typeof given['name'] === 'string' ? given['name'] : '';
    const node: Node = {
      id,
      kind,
      name,
      parent_id: parent,
      mental_model_id: null,
      children: [],
    };
    this.nodes.push(node);
    return kind === 'folder' ? node : { page_id: id, mental_model_id: `m-${id}`, operation_id: null };
  }

  #tree(parent: string | null): Node[] {
    return this.nodes
      .filter((node) => node.parent_id === parent)
      .map((node) => ({ ...node, children: this.#tree(node.id) }));
  }
}

const blanked = (hook: Record<string, unknown>) => ({
  ...hook,
  secret: hook['secret'] ? '***' : null,
});
