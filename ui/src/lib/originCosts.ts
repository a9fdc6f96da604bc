// What each origin of a request takes beside its bytes: tokens of ours, money, time. Pure. Every figure has a source or is
// null; tokens and money here are estimates, and the page marks them so. What the provider reported is never mixed in.
import type { BodyView } from '$gen/BodyView';
import type { TurnRecord } from '$gen/TurnRecord';
import { totals, type OriginKind, type OriginTotal } from './xray';

/** A kind of origin with what it takes. */
export interface OriginCost extends OriginTotal {
  /** US dollars at the price of input, without any discount for cached tokens; null when it is not known. */
  usd: number | null;
  /** Milliseconds that were spent to get it before the request could leave; null where nobody measured any. */
  ms: number | null;
}

/** All origins of a request, and how our count compares with the provider's. */
export interface RequestCosts {
  rows: OriginCost[];
  /** Sum of the counted tokens. */
  counted: number;
  /** Input tokens as the provider reported them for this request; null when it did not. */
  reported: number | null;
}

/** Time belongs to what was waited for: memory before the first request, a tool's answer before the next. */
function msOf(kind: OriginKind, record: TurnRecord, step: number): number | null {
  if (kind === 'memory' || kind === 'reflect') return step === 0 ? (record.memory?.ms ?? null) : null;
  if (kind !== 'tool_result') return null;
  const ran = record.tools.filter((tool) => tool.step === step - 1 && tool.ms !== null);
  return ran.length === 0 ? null : ran.reduce((sum, tool) => sum + (tool.ms ?? 0), 0);
}

/** Adds tokens, money and time to the totals of a body. */
export function requestCosts(body: BodyView, record: TurnRecord, step: number): RequestCosts {
  const rows = totals(body.segments).map((total) => ({
    ...total,
    usd: total.tokens === null || !body.price ? null : (total.tokens * body.price.usdPerMillion) / 1_000_000,
    ms: msOf(total.kind, record, step),
  }));
  const counted = rows.reduce((sum, row) => sum + (row.tokens ?? 0), 0);
  const reported = record.stepEnds.find((end) => end.index === step)?.usage.input ?? null;
  return { rows, counted, reported };
}

/** How the provider's count and ours differ, in words; null when there is nothing to compare. */
export function countsSaid({ counted, reported }: RequestCosts): string | null {
  if (reported === null) return null;
  if (reported >= counted)
    return 'The rest is what cannot be counted here: the provider’s own template, images and files, another vocabulary.';
  return 'The provider counts with another vocabulary, in which this text takes fewer tokens.';
}
