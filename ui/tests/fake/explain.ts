// The scripted app's explanations of a turn: its recall stage by stage, why a memory is not in it, and what was said of
// memories for a chat.
import type { Candidate } from '$gen/Candidate';
import type { ChatMemory } from '$gen/ChatMemory';
import type { Stages } from '$gen/Stages';
import type { Answers } from '../../src/host/fake';
import { recordOf } from './records';

function stagesOf(turnId: string): Stages | null {
  const recalled = recordOf(turnId).memory?.memories ?? [];
  if (recalled.length === 0) return null;
  const answered = recalled.map((memory, n): Candidate => ({
    id: memory.id,
    text: memory.text,
    factType: memory.factType,
    arms: Object.fromEntries(
      Object.entries(memory.arms).map(([arm, rank]) => [
        arm,
        { rank, kindRank: rank, score: 0.61233 - rank / 100, scoreName: 'similarity' },
      ]),
    ),
    fusedRank: n + 2,
    fusedScore: 1 / (60 + n),
    rank: n + 1,
    score: memory.scores.final,
    factors: [],
    parts: [],
    repeats: null,
    tokens: memory.tokens,
    fate: { kind: 'answered', rank: n + 1 },
  }));
  const first = answered[0] as Candidate;
  const missed = ['Ana once had a cat.', 'The river is called Tejo.'].map((text, n): Candidate => ({
    ...first,
    id: `0199a7c2-0000-7d31-b0aa-5c2e7d0f90${n}0`,
    text,
    fusedRank: answered.length + n + 1,
    rank: answered.length + n + 1,
    fate: n === 0 ? { kind: 'tokens', over: 7 } : { kind: 'not_known' },
  }));
  return {
    make: 'reranked',
    query: null,
    arms: [{ method: 'semantic', factType: 'world', count: 4, seconds: null }],
    candidates: [...answered, ...missed],
    phases: [],
    seconds: null,
    tokens: 60,
    maxTokens: 4096,
    most: 600,
  };
}

/** What was said of memories, over all chats. */
let here: ChatMemory[] = [];

export const answers: Answers = {
  'turn.stages': ({ turnId }) => ({ stages: stagesOf(turnId), same: [] }),
  'turn.whyNot': ({ turnId, expected }) => {
    const id = expected.id ?? null;
    const record = recordOf(turnId);
    const place = record.selected.filter((one) => one.gate === null).findIndex((one) => one.memoryId === id);
    const gate =
      place >= 0
        ? ({ kind: 'injected', place: place + 1, pinned: false } as const)
        : ({ kind: 'max_memories', rank: 5, took: 4 } as const);
    return {
      gate,
      memoryId: id,
      settled: true,
      query: null,
      probe: null,
      probeError: null,
      askedAt: new Date().toISOString(),
    };
  },
  'chat.memories': () => ({ items: here }),
  'chat.setMemory': ({ serverId, bankId, memoryId, text, kind }) => {
    const before = here.find((one) => one.memoryId === memoryId)?.kind ?? null;
    here = here.filter((one) => one.memoryId !== memoryId);
    if (kind) here.push({ serverId, bankId, memoryId, text, kind, createdAt: new Date().toISOString() });
    return { before };
  },
};
