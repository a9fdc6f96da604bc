// Operations of a memory server in words: what they do, how far they are, which belongs to which, how often to look.
// Pure; state comes from `operation.list`.
import type { ChildOperation } from '$gen/ChildOperation';
import type { Operation } from '$gen/Operation';
import type { Progress } from '$gen/Progress';
import type { Tone } from '$parts/types';

const KINDS: Record<string, string> = {
  batch_retain: 'store texts',
  retain: 'read a text into facts',
  file_convert_retain: 'read a file',
  consolidation: 'make observations',
  refresh_mental_model: 'refresh a mental model',
  graph_maintenance: 'tend links',
  vector_index_maintenance: 'tend the index',
  webhook_delivery: 'call a webhook',
  clone_bank: 'copy the bank',
  export_bank: 'export the bank',
  import_bank: 'import a bank',
  export_documents: 'export documents',
  import_documents: 'import documents',
};

/** The kinds there are, for filters. */
export const KIND_NAMES: readonly string[] = Object.keys(KINDS);

/** What an operation does; the server's own word for what Rearview does not know. */
export const kindWord = (kind: string | null): string =>
  kind === null ? 'operation' : (KINDS[kind] ?? kind.replaceAll('_', ' '));

const TONES: Record<string, Tone> = {
  pending: 'neutral',
  processing: 'memory',
  completed: 'good',
  failed: 'bad',
  cancelled: 'warn',
  not_found: 'warn',
};

/** A status with its tone. */
export const statusTone = (status: string): Tone => TONES[status] ?? 'neutral';
export const statusWord = (status: string): string => status.replaceAll('_', ' ');

/** Whether it changes no more by itself. */
export const isOver = (status: string): boolean =>
  ['completed', 'failed', 'cancelled', 'not_found'].includes(status);

/** What can be done with it; a server says no to the rest. */
export const canCancel = (status: string): boolean => !isOver(status);
export const canRetry = (status: string): boolean => status === 'failed' || status === 'cancelled';
export const canForget = (status: string): boolean => isOver(status) && status !== 'not_found';

/** How far it is, 0 to 1; null when nobody counts. */
export function share(progress: Progress | null): number | null {
  const { processed, total } = progress ?? { processed: null, total: null };
  if (processed === null || total === null || !(total > 0)) return null;
  return Math.min(1, Math.max(0, processed / total));
}

const SOON = 1000;
const LATER = 10_000;

/** Milliseconds until the list is asked for again: soon while something is under way. */
export function lookAgain(operations: readonly Operation[] | undefined): number {
  return operations?.some(({ status }) => !isOver(status)) ? SOON : LATER;
}

/** An operation with the parts of it that are known. */
export interface Nested {
  operation: Operation;
  parts: { part: ChildOperation; operation: Operation | null }[];
}

/** Whether a list does not say which its parts are, so that it has to be read by itself. */
export const isParent = (operation: Operation): boolean => operation.kind === 'batch_retain';

/** Puts operations below those that they are parts of; a part that is there twice stands once. */
export function nest(
  operations: readonly Operation[],
  parts: ReadonlyMap<string, readonly ChildOperation[]>,
): Nested[] {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const below = new Set<string>();
  const all = operations.map((operation) => {
    const known = (parts.get(operation.id) ?? []).filter(
      ({ operationId }) => operationId !== operation.id && !below.has(operationId),
    );
    for (const { operationId } of known) below.add(operationId);
    return {
      operation,
      parts: known.map((part) => ({ part, operation: byId.get(part.operationId) ?? null })),
    };
  });
  return all.filter(({ operation }) => !below.has(operation.id));
}
