// What stands in a document: its chunks with their facts, its retain parameters in lines, its history in words. Pure.
import type { DocumentChunk } from '$gen/DocumentChunk';
import type { DocumentEvent } from '$gen/DocumentEvent';
import type { Fact } from '$gen/Fact';
import type { GoesWith } from '$gen/GoesWith';
import { count, number } from './format';

/** Facts by the chunk they came from; those of no known chunk under an empty key. */
export function byChunk(facts: readonly Fact[], chunks: readonly DocumentChunk[]): Map<string, Fact[]> {
  const known = new Set(chunks.map((chunk) => chunk.id));
  const found = new Map<string, Fact[]>();
  for (const fact of facts) {
    const key = fact.chunkId !== null && known.has(fact.chunkId) ? fact.chunkId : '';
    const list = found.get(key);
    if (list) list.push(fact);
    else found.set(key, [fact]);
  }
  return found;
}

const DONE: Readonly<Record<string, string>> = {
  retain: 'Retained',
  append: 'Appended to',
  reprocess: 'Reprocessed',
  retag: 'Tags changed',
  fact_edited: 'A fact was edited',
  fact_invalidated: 'A fact was invalidated',
  fact_restored: 'A fact was restored',
  fact_deleted: 'A fact was deleted',
  observations_cleared: 'Observations were cleared',
  consolidation: 'Consolidated',
};

/** What was done, in words; a kind that is not known keeps the server's own. */
export const eventLabel = (kind: string): string => DONE[kind] ?? kind.replaceAll('_', ' ');

/** What it did to facts and observations; empty when nothing. */
export function eventEffect(event: DocumentEvent): string {
  const said: string[] = [];
  const add = (n: number, noun: string, what: string) => {
    if (n > 0) said.push(`${count(n, noun)} ${what}`);
  };
  add(event.factsAdded, 'fact', 'added');
  add(event.factsRemoved, 'fact', 'removed');
  add(event.observationsCreated.count, 'observation', 'made');
  add(event.observationsUpdated.count, 'observation', 'reworded');
  add(event.observationsRemoved.count, 'observation', 'removed');
  return said.join(', ');
}

/** Keys and values in lines; what is no text is JSON. Nothing is left out but nulls. */
export function lines(values: Record<string, unknown>): [string, string][] {
  return Object.entries(values)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]);
}

/** Text before, in and after a span, in UTF-16 units; bounds that lie are put right. */
export function around(text: string, span: { start: number; end: number } | null): [string, string, string] {
  if (span === null) return [text, '', ''];
  const start = Math.min(text.length, Math.max(0, span.start));
  const end = Math.min(text.length, Math.max(start, span.end));
  return [text.slice(0, start), text.slice(start, end), text.slice(end)];
}

/** What goes along when the text of a document is replaced, in sentences; those of which nothing comes back are `lost`. */
export function replaced(goes: GoesWith): { words: string; lost: boolean }[] {
  const { facts, edited, invalidated, observations, shared, complete } = goes;
  const least = complete ? '' : 'at least ';
  const said = [
    {
      words:
        facts === 0
          ? 'No fact came of it so far.'
          : `Its ${count(facts, 'fact')} ${facts === 1 ? 'is' : 'are'} replaced by what the new text says; where a passage stays word for word, a server may keep the facts of it.`,
      lost: false,
    },
  ];
  if (edited + invalidated > 0) {
    const what = [
      ...(edited > 0 ? [`${number(edited)} edited`] : []),
      ...(invalidated > 0 ? [`${number(invalidated)} invalidated`] : []),
    ].join(' and ');
    said.push({
      words: `Of these, ${least}${what} by hand: that is lost with the facts that are replaced, and cannot be taken back in Changes any more.`,
      lost: true,
    });
  }
  if (observations > 0 || !complete)
    said.push({
      words:
        observations === 0
          ? 'Observations may be built on them; these are made anew, under new ids.'
          : `${complete ? '' : 'At least '}${count(observations, 'observation')} ${observations === 1 ? 'is' : 'are'} built on them and made anew, under new ids${shared > 0 ? `; ${number(shared)} of these also on other facts` : ''}.`,
      lost: false,
    });
  return said;
}
