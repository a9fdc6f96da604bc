// What both scripted servers share: an HTTP server on a free port of loopback that remembers every call to the byte.
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call as it arrived. */
export interface Call {
  method: string;
  /** Without the query, percent-encoding undone. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** To the byte, read as UTF-8. */
  body: string;
}

export abstract class ScriptedServer {
  readonly calls: Call[] = [];
  readonly #server: Server = createServer((request, response) => void this.#hear(request, response));
  #waiting: (() => void)[] = [];

  /** Answers one call. */
  protected abstract answer(call: Call, response: ServerResponse): Promise<void>;

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
  }

  /** Its address, without a path. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** Waits until the calls so far are as wanted; the test's own time-out ends it otherwise. */
  async until(so: () => boolean): Promise<void> {
    while (!so()) await new Promise<void>((done) => this.#waiting.push(done));
  }

  /** Something happened that somebody may wait for. */
  protected moved(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async #hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const url = new URL(request.url ?? '/', this.url);
    const path = decodeURIComponent(url.pathname);
    const body = Buffer.concat(pieces).toString('utf8');
    const call = {
      method: request.method ?? '',
      path,
      query: url.searchParams,
      headers: request.headers,
      body,
    };
    this.calls.push(call);
    this.moved();
    // A client that hung up in the middle is the script's business, not a fault of the server.
    await this.answer(call, response).catch(() => response.destroy());
    this.moved();
  }
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
