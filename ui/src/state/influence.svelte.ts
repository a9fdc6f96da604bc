// Which memory mattered to a turn, as far as a replay has told. Called by whoever marks memories.
import type { InfluenceMark } from '$gen/InfluenceMark';
import { query } from './commands.svelte';

/** What is known of the memories of a turn. */
export interface Influence {
  /** By memory; empty while nothing is known. */
  readonly marks: ReadonlyMap<string, InfluenceMark>;
}

const NONE: ReadonlyMap<string, InfluenceMark> = new Map();

/** The marks of a turn, by the newest replay that left each memory out. Call it while a component is set up. */
export function influenceOf(turn: () => { chatId: string; turnId: string } | null): Influence {
  const replays = query('turn.replays', turn);
  const marks = $derived(
    turn() === null || !replays.data
      ? NONE
      : new Map(replays.data.influence.map((mark) => [mark.memoryId, mark])),
  );
  return {
    get marks() {
      return marks;
    },
  };
}
