// What the page says and offers for each error code. The sentence itself comes from the backend.
import type { Error as AppError } from '$gen/Error';
import type { ErrorCode } from '$gen/ErrorCode';

/** Where an error sends people, when it sends them somewhere. */
export type Remedy = 'retry' | 'models' | 'memory' | 'pick-model' | 'diagnostics' | 'reload';

const REMEDIES: Partial<Record<ErrorCode, Remedy>> = {
  notConfigured: 'models',
  authFailed: 'models',
  unknownModel: 'pick-model',
  contextTooLong: 'pick-model',
  rateLimited: 'retry',
  overloaded: 'retry',
  timeout: 'retry',
  networkUnreachable: 'retry',
  streamInterrupted: 'retry',
  conflict: 'reload',
  notFound: 'reload',
  internal: 'diagnostics',
};

/** The next step that fits an error; null when there is nothing to click. */
export function remedy(error: AppError): Remedy | null {
  return REMEDIES[error.code] ?? (error.retryable ? 'retry' : null);
}

/** The other side's own words in lines, for a disclosure and for copying; empty when it said nothing. */
export function sourceLines(error: AppError): string[] {
  const lines: string[] = [];
  const { source } = error;
  if (source) {
    const status = [source.status ? `HTTP ${source.status}` : '', source.code ?? '']
      .filter(Boolean)
      .join(' · ');
    lines.push(status ? `${source.name}: ${status}` : source.name);
    if (source.message) lines.push(source.message);
  }
  if (error.requestId) lines.push(`Request ${error.requestId}`);
  return lines;
}

/** A sentence for people: the backend names things in backticks, as logs do; people get quotation marks. */
export function quoted(sentence: string): string {
  return sentence.replace(/`([^`]*)`/g, '“$1”');
}
