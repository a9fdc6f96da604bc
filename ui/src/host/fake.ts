// A small app in memory, for vitest and for looking at the page with `vite --mode fake`. Its answers stand in
// tests/fake/*.ts, one file for each part of the product; a test can put its own on top with `answering`.
// Never in a production build.
import type { Error as AppError } from '$gen/Error';
import { Failure, asFailure } from './failure';
import type { AnswerOf, CallName, Host, RequestOf, StreamName } from './types';

/** Answers to reads and writes. Throw a `Failure`, or an error of the wire shape. */
export type Answers = { [N in CallName]?: (request: RequestOf<N>) => AnswerOf<N> | Promise<AnswerOf<N>> };
/** Streams: call `item` for each, `end` at most once; answer how to stop. */
export type Streams = {
  [N in StreamName]?: (
    request: RequestOf<N>,
    item: (item: AnswerOf<N>) => void,
    end: (failure?: Failure) => void,
  ) => (() => void) | undefined;
};

interface Module {
  answers?: Answers;
  streams?: Streams;
}

const modules = import.meta.glob<Module>('../../tests/fake/*.ts', { eager: true });
const answers: Record<string, (request: never) => unknown> = {};
const streams: Record<string, (request: never, item: never, end: never) => (() => void) | undefined> = {};
for (const module of Object.values(modules)) {
  Object.assign(answers, module.answers);
  Object.assign(streams, module.streams);
}

/** Puts answers on top of the scripted ones and tells how to take them away again. */
export function answering(own: Answers): () => void {
  const before = { ...answers };
  Object.assign(answers, own);
  return () => Object.assign(answers, before);
}

/** What was asked, in order; a test reads and empties it. */
export const asked: { name: string; request: unknown }[] = [];

/** `?fail=chat.create,chat.list` in the address makes these commands fail, to look at errors. */
const failing = (new URLSearchParams(location.search).get('fail') ?? '').split(',');

export const fakeHost: Host = {
  kind: 'harness',

  async call(name, request) {
    asked.push({ name, request });
    const answer = answers[name];
    if (!answer) throw missing(name);
    if (failing.includes(name)) throw new Failure(broken(name));
    try {
      // A copy, as it would come over the wire.
      return structuredClone(await answer(request as never)) as AnswerOf<typeof name>;
    } catch (thrown) {
      throw asFailure(thrown);
    }
  },

  stream(name, request, onItem, onEnd) {
    asked.push({ name, request });
    const follow = streams[name];
    let open = true;
    const item = (value: AnswerOf<typeof name>) => {
      if (open) onItem(value);
    };
    const end = (failure: Failure | null = null) => {
      if (open) onEnd?.(failure);
      open = false;
    };
    if (!follow) {
      queueMicrotask(() => end(missing(name)));
      return () => (open = false);
    }
    const stop = follow(request as never, item as never, end as never);
    return () => {
      open = false;
      stop?.();
    };
  },

  zoom(factor) {
    document.documentElement.style.setProperty('zoom', String(factor));
  },
};

function broken(name: string): AppError {
  return {
    code: 'networkUnreachable',
    message: `The scripted app was told to fail at \`${name}\`.`,
    hint: 'Take it out of the address and reload.',
    retryable: true,
    source: { name: 'Scripted app', status: 503, code: 'told_to_fail', message: '{"error":"told to fail"}' },
  };
}

function missing(name: string): Failure {
  return new Failure({ code: 'internal', message: `The scripted app has no \`${name}\`.`, retryable: false });
}
