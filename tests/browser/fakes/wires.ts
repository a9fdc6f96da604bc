// A provider that speaks every wire, as briefly as each can: it answers `Seen.` and remembers what it was sent to the
// byte. What else a wire can say is proved in `crates/providers`; here it is about what goes out.
import type { ServerResponse } from 'node:http';
import type { Platform } from '../../../ui/src/gen/Platform';
import type { WireKind } from '../../../ui/src/gen/WireKind';
import { json, ScriptedServer } from './server';
import type { Call } from './server';

/** A wire, and where and how it is asked. */
export interface Wire {
  /** What a test calls it: the wire, and whose addresses and credentials it is spoken with. */
  name: string;
  wire: WireKind;
  /** What stands behind the host in its base address. */
  base: string;
  platform: Platform;
  /** The end of the path of a request for an answer. */
  path: string;
  answer: (response: ServerResponse) => void;
  /** What is entered as the key; a plain one when absent. */
  key?: string;
}

const plain: Platform = { kind: 'plain' };
const sse = (name: string, value: object) =>
  `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(value)}\n\n`;
const events =
  (...all: string[]) =>
  (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(all.join(''));
  };
const named = (...all: { type: string }[]) => events(...all.map((one) => sse(one.type, one)));

const openaiChunk = (choices: object[], rest: object = {}) =>
  sse('', { id: 'x', object: 'chat.completion.chunk', model: 'm', choices, ...rest });

const response = { id: 'r', object: 'response', model: 'm' };
const usage = { input_tokens: 90, output_tokens: 2, total_tokens: 92 };

/** Every wire but the built-in Demo, which has no network, at its own addresses. */
const OWN: readonly Omit<Wire, 'name'>[] = [
  {
    wire: 'openai_chat',
    base: '/v1',
    platform: plain,
    path: '/v1/chat/completions',
    answer: events(
      openaiChunk([{ index: 0, delta: { content: 'Seen.' } }]),
      openaiChunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
      openaiChunk([], { usage: { prompt_tokens: 90, completion_tokens: 2, total_tokens: 92 } }),
      'data: [DONE]\n\n',
    ),
  },
  {
    wire: 'openai_responses',
    base: '/v1',
    platform: plain,
    path: '/v1/responses',
    answer: named(
      { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } } as never,
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { id: 'i', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
      } as never,
      {
        type: 'response.output_text.delta',
        item_id: 'i',
        output_index: 0,
        content_index: 0,
        delta: 'Seen.',
      } as never,
      {
        type: 'response.completed',
        response: { ...response, status: 'completed', output: [], usage },
      } as never,
    ),
  },
  {
    wire: 'anthropic_messages',
    base: '',
    platform: plain,
    path: '/v1/messages',
    answer: named(
      {
        type: 'message_start',
        message: {
          id: 'm',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          usage: { input_tokens: 90, output_tokens: 1 },
        },
      } as never,
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as never,
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Seen.' } } as never,
      { type: 'content_block_stop', index: 0 } as never,
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } } as never,
      { type: 'message_stop' },
    ),
  },
  {
    wire: 'gemini',
    base: '/v1beta',
    platform: plain,
    path: ':streamGenerateContent',
    answer: events(
      sse('', {
        candidates: [
          { index: 0, content: { role: 'model', parts: [{ text: 'Seen.' }] }, finishReason: 'STOP' },
        ],
        usageMetadata: { promptTokenCount: 90, candidatesTokenCount: 2, totalTokenCount: 92 },
      }),
    ),
  },
  {
    wire: 'bedrock_converse',
    base: '',
    platform: { kind: 'bedrock', region: 'us-east-1', profile: null },
    path: '/converse-stream',
    answer: (response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      response.write(frame('messageStart', { role: 'assistant' }));
      response.write(frame('contentBlockDelta', { delta: { text: 'Seen.' }, contentBlockIndex: 0 }));
      response.write(frame('contentBlockStop', { contentBlockIndex: 0 }));
      response.write(frame('messageStop', { stopReason: 'end_turn' }));
      response.end(frame('metadata', { usage: { inputTokens: 90, outputTokens: 2, totalTokens: 92 } }));
    },
  },
  {
    wire: 'cohere_chat',
    base: '',
    platform: plain,
    path: '/v2/chat',
    answer: named(
      { type: 'message-start', id: 'c', delta: { message: { role: 'assistant', content: [] } } } as never,
      {
        type: 'content-start',
        index: 0,
        delta: { message: { content: { type: 'text', text: '' } } },
      } as never,
      { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Seen.' } } } } as never,
      { type: 'content-end', index: 0 } as never,
      {
        type: 'message-end',
        delta: { finish_reason: 'COMPLETE', usage: { tokens: { input_tokens: 90, output_tokens: 2 } } },
      } as never,
    ),
  },
  {
    wire: 'ollama_chat',
    base: '',
    platform: plain,
    path: '/api/chat',
    answer: (response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      const line = (rest: object) =>
        `${JSON.stringify({ model: 'm', created_at: '2026-11-28T10:00:00Z', ...rest })}\n`;
      response.write(line({ message: { role: 'assistant', content: 'Seen.' }, done: false }));
      response.end(
        line({
          message: { role: 'assistant', content: '' },
          done: true,
          done_reason: 'stop',
          prompt_eval_count: 90,
          eval_count: 2,
        }),
      );
    },
  },
];

/** Signs requests instead of carrying a key. */
const awsKey = JSON.stringify({ access_key_id: 'AKIDSCRIPTED', secret_access_key: 'scripted-7f3a9c' });

const azure = (apiVersion: string | null): Platform => ({
  kind: 'azure',
  api_version: apiVersion,
  entra: false,
});
const own = (wire: WireKind) => OWN.find((one) => one.wire === wire) as Omit<Wire, 'name'>;

/**
 * Every wire, at its own addresses and at each platform that speaks it with addresses and credentials of its own. But
 * Vertex AI: keys of Google's accounts are taken with Google's own address for tokens only, so that nothing scripted can
 * stand there; its bodies are compared in `crates/providers`.
 */
export const WIRES: readonly Wire[] = [
  ...OWN.map((one) => ({ ...one, name: one.wire })),
  {
    ...own('openai_chat'),
    name: 'openai_chat on Azure',
    base: '',
    platform: azure('2024-10-21'),
    path: '/openai/deployments/m/chat/completions',
  },
  {
    ...own('openai_responses'),
    name: 'openai_responses on Azure',
    base: '',
    platform: azure(null),
    path: '/openai/v1/responses',
  },
  {
    ...own('anthropic_messages'),
    name: 'anthropic_messages on Azure',
    platform: azure(null),
    path: '/anthropic/v1/messages',
  },
  { ...own('bedrock_converse'), name: 'bedrock_converse, signed', key: awsKey },
];

/** A provider of one wire. */
export class WiredProvider extends ScriptedServer {
  constructor(readonly spoken: Wire) {
    super();
  }

  get baseUrl(): string {
    return `${this.url}${this.spoken.base}`;
  }

  /** The requests for answers so far. */
  get asked(): Call[] {
    return this.calls.filter((call) => call.method === 'POST' && call.path.endsWith(this.spoken.path));
  }

  protected answer(call: Call, response: ServerResponse): Promise<void> {
    if (call.method === 'POST' && call.path.endsWith(this.spoken.path)) this.spoken.answer(response);
    else json(response, 404, { error: { message: 'no such path' } });
    return Promise.resolve();
  }
}

/** A message of AWS's event stream: lengths, their checksum, headers, payload, the checksum of all. */
function frame(name: string, payload: object): Buffer {
  const header = (key: string, value: string) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(value.length);
    // 7 is a string.
    return Buffer.concat([
      Buffer.from([key.length]),
      Buffer.from(key),
      Buffer.from([7]),
      length,
      Buffer.from(value),
    ]);
  };
  const headers = Buffer.concat([
    header(':message-type', 'event'),
    header(':event-type', name),
    header(':content-type', 'application/json'),
  ]);
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + headers.length + body.length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  const whole = Buffer.concat([prelude, sum(prelude), headers, body]);
  return Buffer.concat([whole, sum(whole)]);
}

function sum(bytes: Buffer): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(crc32(bytes));
  return out;
}

/** CRC-32 as zlib has it; Node 20 does not offer its own. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
