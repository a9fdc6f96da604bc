// What a reflect rests on and which tools it called, read leniently from the server's own form. Pure.
import type { FactType } from '$gen/FactType';

export interface Basis {
  kind: 'memory' | 'mental model' | 'directive';
  id: string;
  text: string;
  factType: FactType | null;
}

export interface ToolCall {
  name: string;
  input: string;
  output: string;
  ms: number | null;
}

type Tree = Record<string, unknown>;

const trees = (value: unknown): Tree[] =>
  Array.isArray(value) ? value.filter((one): one is Tree => typeof one === 'object' && one !== null) : [];
const words = (value: unknown): string => (typeof value === 'string' ? value : '');
const TYPES = ['world', 'experience', 'observation'];

/** Facts, mental models and directives, in this order. */
export function basedOn(value: unknown): Basis[] {
  if (typeof value !== 'object' || value === null) return [];
  const of = value as Tree;
  const memories = trees(of.memories).map((one): Basis => {
    const type = words(one.type);
    return {
      kind: 'memory',
      id: words(one.id),
      text: words(one.text),
      factType: TYPES.includes(type) ? (type as FactType) : null,
    };
  });
  const models = trees(of.mental_models).map((one): Basis => ({
    kind: 'mental model',
    id: words(one.id),
    text: words(one.text),
    factType: null,
  }));
  const directives = trees(of.directives).map((one): Basis => ({
    kind: 'directive',
    id: words(one.id),
    text: words(one.content) || words(one.name),
    factType: null,
  }));
  return [...memories, ...models, ...directives];
}

/** The tools in the order they were called. */
export function toolCalls(value: unknown): ToolCall[] {
  if (typeof value !== 'object' || value === null) return [];
  const json = (one: unknown) =>
    one === null || one === undefined ? '' : typeof one === 'string' ? one : JSON.stringify(one, null, 2);
  return trees((value as Tree).tool_calls).map((one) => ({
    name: words(one.tool) || 'tool',
    input: json(one.input),
    output: json(one.output),
    ms: typeof one.duration_ms === 'number' ? one.duration_ms : null,
  }));
}
