// Which questions of a chat show all their answers side by side, and which of those a narrow window shows. It outlives
// the view, so that changing chats loses nothing. The answers themselves are in chat.svelte.ts.
import { SvelteMap } from 'svelte/reactivity';

/** The answers of one question that stand side by side. */
export class Comparison {
  /** Their messages, in the order they were asked for. */
  answers: readonly string[] = $state.raw([]);
  /** The one that is shown where there is room for one only; the first when it is none of them. */
  front: string | null = $state(null);

  constructor(answers: readonly string[]) {
    this.answers = answers;
  }

  /** Adds answers that are not among them yet. */
  add(answers: readonly string[]) {
    const more = answers.filter((id) => !this.answers.includes(id));
    if (more.length > 0) this.answers = [...this.answers, ...more];
  }

  /** The one in front, as it can be shown. */
  get shown(): string | null {
    return this.front !== null && this.answers.includes(this.front) ? this.front : (this.answers[0] ?? null);
  }
}

/** The comparisons of a chat, by question. */
export type Comparisons = SvelteMap<string, Comparison>;

const all = new Map<string, Comparisons>();

/** The comparisons of a chat; the same ones every time. */
export function comparisonsOf(chatId: string): Comparisons {
  let known = all.get(chatId);
  if (!known) all.set(chatId, (known = new SvelteMap()));
  return known;
}
