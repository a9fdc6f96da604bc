// A provider that answers from a script, in the form of OpenAI Chat Completions. It is no model, and it is named so.
// Scripts are used in the order they were queued; without one it answers by its rule, else `You said: …`.
import type { ServerResponse } from 'node:http';
import { Gate } from './gate';
import { json, ScriptedServer } from './server';
import type { Call } from './server';

/** A call of a tool: the provider's id, the tool's name, and its arguments, which come in two increments. */
export interface ToolCall {
  id: string;
  name: string;
  arguments: object;
}
/** A piece of an answer: text, reasoning, a call of a tool, a gate to stop at, or a failure in mid stream. */
export type Piece = string | Gate | { reasoning: string } | { call: ToolCall } | { error: string };
/** A whole answer, or a refusal. */
export type Script = Piece[] | { status: number; message: string };

export const MODELS = ['scripted-1', 'scripted-2'];

export class ScriptedProvider extends ScriptedServer {
  readonly #scripts: Script[] = [];
  readonly #own = new Map<string, Script[]>();
  /** What is answered by what is asked, when nothing is queued. */
  rule: ((body: string) => Script) | null = null;
  /** Whether it tells how many tokens it took. */
  reports = true;
  /** The one key it accepts; null accepts all. */
  key: string | null = null;
  /** How many clients went before their answer was at its end. */
  hungUp = 0;

  get baseUrl(): string {
    return `${this.url}/v1`;
  }

  /** Queues the answer to the next request that has none. */
  say(...script: Piece[]): void {
    this.#scripts.push(script);
  }

  refuse(status: number, message: string): void {
    this.#scripts.push({ status, message });
  }

  /** Queues the answer to the next request to a model, whatever is queued for the others. */
  sayAs(model: string, ...script: Piece[]): void {
    this.#own.set(model, [...(this.#own.get(model) ?? []), script]);
  }

  /** The requests for answers so far. */
  get asked(): Call[] {
    return this.calls.filter((call) => call.path === '/v1/chat/completions');
  }

  /** Several models may be asked at once, in any order, so a script for one of them comes first. */
  #next(call: Call): Script {
    const { model } = JSON.parse(call.body) as { model: string };
    const queued = this.#own.get(model)?.shift() ?? this.#scripts.shift();
    return queued ?? this.rule?.(call.body) ?? [`You said: ${lastWords(call)}`];
  }

  protected async answer(call: Call, response: ServerResponse): Promise<void> {
    if (this.key !== null && call.headers.authorization !== `Bearer ${this.key}`) {
      json(response, 401, { error: { message: 'Incorrect API key provided', code: 'invalid_api_key' } });
    } else if (call.path === '/v1/models') {
      json(response, 200, { object: 'list', data: MODELS.map((id) => ({ id, object: 'model' })) });
    } else if (call.path === '/v1/chat/completions') {
      await this.#stream(this.#next(call), call, response);
    } else {
      json(response, 404, { error: { message: 'no such path' } });
    }
  }

  async #stream(script: Script, call: Call, response: ServerResponse): Promise<void> {
    if (!Array.isArray(script)) {
      json(response, script.status, { error: { message: script.message } });
      return;
    }
    if (!(JSON.parse(call.body) as { stream?: boolean }).stream) {
      const message = {
        role: 'assistant',
        content: script.filter((piece) => typeof piece === 'string').join(''),
      };
      json(response, 200, { choices: [{ index: 0, message, finish_reason: 'stop' }], usage: USAGE });
      return;
    }
    const gone = new Promise<void>((done) => response.on('close', done));
    let ended = false;
    void gone.then(() => {
      if (!ended) this.hungUp += 1;
      this.moved();
    });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    let calls = 0;
    for (const piece of script) {
      if (piece instanceof Gate) await Promise.race([piece.pass(), gone]);
      else if (typeof piece === 'object' && 'call' in piece) {
        for (const one of callFrames(piece.call, calls)) response.write(one);
        calls += 1;
      } else response.write(frame(piece));
    }
    ended = true;
    if (!script.some((piece) => typeof piece === 'object' && 'error' in piece)) {
      const finish_reason = calls > 0 ? 'tool_calls' : 'stop';
      response.write(event({ choices: [{ index: 0, delta: {}, finish_reason }] }));
      if (this.reports) response.write(event({ choices: [], usage: USAGE }));
      response.write('data: [DONE]\n\n');
    }
    response.end();
  }
}

const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

function event(value: object): string {
  return `data: ${JSON.stringify({ id: 'scripted', object: 'chat.completion.chunk', model: 'scripted', ...value })}\n\n`;
}

/** A call as it streams: its head, then its arguments in two halves. */
function callFrames({ id, name, arguments: value }: ToolCall, index: number): string[] {
  const text = JSON.stringify(value);
  const half = Math.ceil(text.length / 2);
  const delta = (call: object) =>
    event({ choices: [{ index: 0, delta: { tool_calls: [{ index, ...call }] } }] });
  return [
    delta({ id, type: 'function', function: { name, arguments: '' } }),
    delta({ function: { arguments: text.slice(0, half) } }),
    delta({ function: { arguments: text.slice(half) } }),
  ];
}

function frame(piece: Exclude<Piece, Gate | { call: ToolCall }>): string {
  if (typeof piece === 'string') return event({ choices: [{ index: 0, delta: { content: piece } }] });
  if ('reasoning' in piece)
    return event({ choices: [{ index: 0, delta: { reasoning_content: piece.reasoning } }] });
  return event({ error: { message: piece.error } });
}

function lastWords(call: Call): string {
  const { messages } = JSON.parse(call.body) as { messages: { role: string; content: unknown }[] };
  const said = messages.findLast((message) => message.role === 'user')?.content;
  return typeof said === 'string' ? said : JSON.stringify(said);
}
