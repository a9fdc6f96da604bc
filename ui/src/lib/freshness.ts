// How fresh a mental model is, in words, and when it is refreshed next. Pure.
import type { MentalModel } from '$gen/MentalModel';
import type { ModelTrigger } from '$gen/ModelTrigger';
import type { Tone } from '$parts/types';
import { schedule } from './schedule';

/** `empty` was never refreshed; `unknown` when the server does not say. */
export type Freshness = 'fresh' | 'stale' | 'failed' | 'empty' | 'unknown';

export const FRESHNESS: Record<Freshness, { word: string; tone: Tone; text: string }> = {
  fresh: { word: 'fresh', tone: 'good', text: 'It has read every fact in its scope.' },
  stale: { word: 'stale', tone: 'warn', text: 'There are newer facts in its scope.' },
  failed: { word: 'failed', tone: 'bad', text: 'Its last refresh failed; no refresh begins by itself.' },
  empty: { word: 'empty', tone: 'neutral', text: 'It was not refreshed yet.' },
  unknown: {
    word: 'not known',
    tone: 'neutral',
    text: 'The server does not say whether there are newer facts.',
  },
};

type Told = Pick<MentalModel, 'lastRefreshedAt' | 'lastRefreshFailedAt' | 'isStale'>;

/** A failure counts until a refresh went well after it. */
export function freshness({ lastRefreshedAt, lastRefreshFailedAt, isStale }: Told): Freshness {
  if (lastRefreshFailedAt !== null) {
    const well = Date.parse(lastRefreshedAt ?? '');
    if (Number.isNaN(well) || Date.parse(lastRefreshFailedAt) >= well) return 'failed';
  }
  if (lastRefreshedAt === null) return 'empty';
  if (isStale === null) return 'unknown';
  return isStale ? 'stale' : 'fresh';
}

/** When it is refreshed next: a time, or words. */
export type Next = { at: Date } | { words: string };

export function next(trigger: ModelTrigger | null, now: Date = new Date()): Next {
  if (trigger?.refreshCron) {
    const planned = schedule(trigger.refreshCron, 1, now);
    const [at] = planned?.next ?? [];
    if (at) return { at };
    return { words: planned ? 'never: that day does not come' : 'by a schedule that cannot be read here' };
  }
  if (trigger?.refreshAfterConsolidation) return { words: 'after the next consolidation' };
  return { words: 'by hand' };
}

const OUTCOMES: Record<string, string> = {
  content_written: 'the text was written',
  content_unchanged: 'the text stayed as it was',
  content_preserved_no_new_facts: 'there were no new facts, so the text stayed',
  refresh_failed_empty_candidate: 'nothing was found to write',
  refresh_failed_delta_not_applied: 'the edits did not fit the text',
  refresh_failed_structured_output: 'the output did not fit its schema',
  refresh_failed_error: 'the model behind the server failed',
};

/** What became of a refresh; the server's own word for what Rearview does not know. */
export const outcomeWord = (outcome: string | null): string =>
  outcome === null ? 'not told' : (OUTCOMES[outcome] ?? outcome.replaceAll('_', ' '));

const FALLBACKS: Record<string, string> = {
  no_baseline_content: 'there is no text to edit yet',
  source_query_changed: 'the question has changed',
  structured_doc_unreadable: 'the stored text could not be read as a document',
  delta_ops_failed: 'the edits could not be made',
  delta_ops_all_skipped: 'none of the edits fitted',
};

/** Why a refresh wrote anew although it was to edit. */
export const fallbackWord = (reason: string): string => FALLBACKS[reason] ?? reason.replaceAll('_', ' ');
