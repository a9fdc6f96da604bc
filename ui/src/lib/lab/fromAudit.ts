// A recall as the audit log of a server keeps it, read as a request that the lab can send again. Servers keep every field,
// also those that were not sent, and programs on MCP keep their own beside them. Pure.
import type { RecallRequest } from '$gen/RecallRequest';

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const FIELDS: readonly (keyof RecallRequest)[] = [
  'query',
  'types',
  'budget',
  'max_tokens',
  'prefer_observations',
  'query_timestamp',
  'include',
  'tags',
  'tags_match',
  'tag_groups',
  'min_scores',
  'temporal_window',
];
const TYPES = ['world', 'experience', 'observation'];
/** Empty is the same as absent, and null is what was not sent. */
const said = (value: unknown) =>
  value !== null &&
  value !== undefined &&
  !(Array.isArray(value) && value.length === 0) &&
  !(isTree(value) && Object.keys(value).length === 0);

/** The request, with the trace that the picture is drawn from; null for what is no recall or has no query. */
export function askedRecall(action: string, request: unknown): RecallRequest | null {
  if (action !== 'recall' || !isTree(request)) return null;
  if (typeof request.query !== 'string' || request.query.trim() === '') return null;
  const kept = Object.fromEntries(
    FIELDS.flatMap((field) => (said(request[field]) ? [[field, request[field]]] : [])),
  ) as Tree;
  // Kinds that the API knows no more would be refused.
  if (Array.isArray(kept.types)) {
    const types = kept.types.filter((one) => TYPES.includes(one as string));
    if (types.length > 0 && types.length < TYPES.length) kept.types = types;
    else delete kept.types;
  }
  // Without tags it says nothing, but for `exact`, which then asks for what is untagged.
  if (kept.tags === undefined && kept.tags_match !== 'exact') delete kept.tags_match;
  return { ...kept, trace: true } as RecallRequest;
}
