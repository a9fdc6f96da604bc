// Reads with a cache, writes that make it stale, and the one subscription to the app's own notices.
// Tags of the command table say what belongs together; nobody names a cache key by hand.
import { QueryClient, createQuery, keepPreviousData } from '@tanstack/svelte-query';
import { COMMANDS } from '$gen/commands';
import type { AppEvent } from '$gen/AppEvent';
import { host } from '$host';
import type { AnswerOf, Failure, ReadName, RequestOf, WriteName } from '$host';

const MINUTE = 60_000;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always', // the backend is on this machine; whether there is a network is its business
      staleTime: Infinity, // tags say when
      gcTime: 5 * MINUTE,
      retry: false, // the backend has its own retries
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
    },
  },
});

const here = () => client;

/**
 * A read that stays fresh: it is asked again when a write or a notice touches one of its tags.
 * `request` may answer null while there is nothing to ask yet. With `keep`, the last answer stays until the
 * next one is here (for search boxes and pages). With `every`, it is asked again after that many milliseconds, for
 * what changes without a notice; false stops it. Call it while a component is set up.
 */
export function query<N extends ReadName>(
  name: N,
  request: () => RequestOf<N> | null,
  options: { keep?: boolean; every?: (answer: AnswerOf<N> | undefined) => number | false } = {},
) {
  const { every } = options;
  return createQuery<AnswerOf<N>, Failure>(() => {
    const asked = request();
    return {
      queryKey: [name, asked],
      queryFn: () => host.call(name, asked as RequestOf<N>),
      enabled: asked !== null,
      ...(options.keep ? { placeholderData: keepPreviousData } : {}),
      ...(every ? { refetchInterval: (asking) => every(asking.state.data) } : {}),
    };
  }, here);
}

/** A read outside a component, through the same cache. */
export function read<N extends ReadName>(name: N, request: RequestOf<N>): Promise<AnswerOf<N>> {
  return client.fetchQuery({ queryKey: [name, request], queryFn: () => host.call(name, request) });
}

/** Runs a write and makes stale what shares a tag with it. Rejects with a `Failure`. */
export async function mutate<N extends WriteName>(name: N, request: RequestOf<N>): Promise<AnswerOf<N>> {
  const answer = await host.call(name, request);
  stale(COMMANDS[name].tags);
  return answer;
}

/** Makes every read that answers from one of these tags ask again. */
export function stale(tags: readonly string[]) {
  const touched = new Set(tags);
  for (const heard of staleListeners) heard(touched);
  void client.invalidateQueries({
    predicate: ({ queryKey }) => {
      const row: { tags: readonly string[] } | undefined = COMMANDS[queryKey[0] as ReadName];
      return row?.tags.some((tag) => touched.has(tag)) ?? false;
    },
  });
}

const staleListeners = new Set<(tags: ReadonlySet<string>) => void>();

/** Hears which tags became stale, for what is read past the cache (long lists, page by page). Answers how to stop. */
export function onStale(listener: (tags: ReadonlySet<string>) => void): () => void {
  staleListeners.add(listener);
  return () => staleListeners.delete(listener);
}

const listeners = new Set<(event: AppEvent) => void>();

/** Hears every notice of the app while mounted. Answers how to stop. */
export function onAppEvent(listener: (event: AppEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const RECONNECT_MS = 1000;

/** Follows the app's notices until stopped; a cut stream is followed anew and everything counts as stale. */
export function followApp(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: () => void;
  const follow = () => {
    stop = host.stream('app.events', {}, tell, () => {
      timer = setTimeout(() => {
        void client.invalidateQueries();
        follow();
      }, RECONNECT_MS);
    });
  };
  follow();
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function tell(event: AppEvent) {
  if (event.kind === 'changed') stale(event.tags);
  if (event.kind === 'retain') stale(['outbox', 'engine']);
  for (const listener of listeners) listener(event);
}
