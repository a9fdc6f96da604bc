// What is to be replayed of a turn, while it is chosen: one change, or every memory left out once. What it would take is
// `turn.replayPrice`, running it `turn.replay`, what came `turn.replays`.
import type { Arm } from '$gen/Arm';
import type { Budget } from '$gen/Budget';
import type { Error as AppError } from '$gen/Error';
import type { MemoryMode } from '$gen/MemoryMode';
import type { Placement } from '$gen/Placement';
import type { RecalledMemory } from '$gen/RecalledMemory';
import type { ReplayTurn } from '$gen/ReplayTurn';
import type { TurnRecord } from '$gen/TurnRecord';
import type { TurnSettings } from '$gen/TurnSettings';
import { asError } from '$host';
import { candidates } from '$lib/record';
import { mutate } from './commands.svelte';

/** What is changed. `each` leaves every memory out once. */
export type Change = 'memories' | 'none' | 'settings' | 'bank' | 'placement' | 'model' | 'each';

export class WhatIfForm {
  readonly chatId: string;
  readonly turnId: string;
  /** The memories that were injected, in the order of the block. */
  readonly memories: readonly RecalledMemory[];
  readonly serverId: string | null;
  /** The bank of the turn. */
  readonly usualBank: string;
  /** The model of the turn. */
  readonly usualModel: string;
  readonly usualPlacement: Placement;
  /** Whether the turn offered memory tools; memory that is asked anew is asked without them. */
  readonly tools: boolean;
  /** Whether memory may be asked anew. */
  readonly mayAsk: boolean;

  change: Change = $state('none');
  without: string[] = $state([]);
  edited: Record<string, string> = $state({});
  mode: MemoryMode = $state('recall');
  budget: Budget = $state('mid');
  maxMemories: number | null = $state(null);
  maxTokens: number | null = $state(null);
  bankId: string | null = $state(null);
  placement: Placement = $state('own_block');
  model: string | null = $state(null);
  samples: number | null = $state(1);

  starting = $state(false);
  error: AppError | null = $state.raw(null);

  readonly #usual: { mode: MemoryMode; budget: Budget; maxMemories: number | null; maxTokens: number };

  constructor(record: TurnRecord) {
    const { resolved } = record;
    const settings = resolved?.settings;
    const cap = settings?.max_memories.value;
    this.chatId = record.chatId;
    this.turnId = record.turnId;
    this.memories = candidates(record)
      .filter(({ place }) => place !== null)
      .map(({ memory }) => memory);
    this.serverId = resolved?.bank.serverId ?? null;
    this.usualBank = resolved?.bank.bankId ?? '';
    this.usualModel = resolved?.model ?? '';
    this.usualPlacement = settings?.placement.value ?? 'own_block';
    this.tools = settings?.memory_tools.value ?? false;
    const off = resolved?.injectOff ?? null;
    const never =
      off === 'incognito' || off === 'temporary' || off === 'no_server' || off === 'excluded_model';
    this.mayAsk = this.serverId !== null && !never;
    this.#usual = {
      mode: settings?.mode.value ?? 'recall',
      budget: settings?.budget.value ?? 'mid',
      maxMemories: cap?.kind === 'at' ? cap.n : null,
      maxTokens: settings?.max_memory_tokens.value ?? 4096,
    };
    this.mode = this.#usual.mode;
    this.budget = this.#usual.budget;
    this.maxMemories = this.#usual.maxMemories;
    this.maxTokens = this.#usual.maxTokens;
    this.placement = this.usualPlacement === 'own_block' ? 'system_message' : 'own_block';
    if (this.memories.length > 0) this.change = 'memories';
    else if (this.mayAsk) this.change = 'settings';
  }

  /** Ticks a memory on or off. */
  toggle(id: string, inside: boolean) {
    this.without = inside ? this.without.filter((one) => one !== id) : [...this.without, id];
  }

  /** Keeps other words for a memory; its own words take them back. */
  edit(memory: RecalledMemory, text: string) {
    const others = Object.fromEntries(Object.entries(this.edited).filter(([id]) => id !== memory.id));
    this.edited = text === memory.text ? others : { ...others, [memory.id]: text };
  }

  /** What is wrong with what is chosen, or still missing; null when it can be sent. */
  get fault(): string | null {
    switch (this.change) {
      case 'memories':
        if (
          Object.entries(this.edited).some(([id, text]) => text.trim() === '' && !this.without.includes(id))
        )
          return 'A memory without words says nothing; untick it instead.';
        return this.without.length === 0 && Object.keys(this.#edits()).length === 0
          ? 'Untick or edit a memory.'
          : null;
      case 'bank':
        return this.bankId === null || this.bankId === this.usualBank ? 'Choose another bank.' : null;
      case 'model':
        return this.model === null || this.model === this.usualModel ? 'Choose another model.' : null;
      default:
        return null;
    }
  }

  /** The request; null while something is missing. */
  get request(): ReplayTurn | null {
    if (this.fault !== null || this.samples === null) return null;
    const { chatId, turnId, samples } = this;
    const what: ReplayTurn['what'] =
      this.change === 'each' ? { kind: 'influence' } : { kind: 'what_if', arms: [this.#arm()] };
    return { chatId, turnId, samples, what };
  }

  /** Sends it. Answers the replay's id, or null when it could not begin. */
  async start(): Promise<string | null> {
    const { request } = this;
    if (request === null) return null;
    this.starting = true;
    this.error = null;
    try {
      return (await mutate('turn.replay', request)).replay.id;
    } catch (thrown) {
      this.error = asError(thrown);
      return null;
    } finally {
      this.starting = false;
    }
  }

  /** Edits of memories that stay in. */
  #edits(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.edited).filter(([id]) => !this.without.includes(id)));
  }

  #arm(): Arm {
    const kept = { kind: 'recorded' as const, without: [], edited: {} };
    // Tools that look into memory by themselves would hide what the change does.
    const usual: TurnSettings = this.tools ? { memory_tools: false } : {};
    switch (this.change) {
      case 'memories':
        return { memory: { ...kept, without: [...this.without], edited: this.#edits() } };
      case 'settings':
        return { memory: { kind: 'asked_now', settings: { ...usual, ...this.#settings() } } };
      case 'bank':
        return { memory: { kind: 'asked_now', settings: usual, bankId: this.bankId } };
      case 'placement':
        return { memory: kept, placement: this.placement };
      case 'model':
        return { memory: kept, model: this.model };
      default:
        return { memory: { kind: 'none' } };
    }
  }

  #settings(): TurnSettings {
    const { mode, budget, maxMemories, maxTokens } = this.#usual;
    const settings: TurnSettings = {};
    if (this.mode !== mode) settings.mode = this.mode;
    if (this.budget !== budget) settings.budget = this.budget;
    if (this.maxMemories !== maxMemories)
      settings.max_memories =
        this.maxMemories === null ? { kind: 'none' } : { kind: 'at', n: this.maxMemories };
    if (this.maxTokens !== null && this.maxTokens !== maxTokens) settings.max_memory_tokens = this.maxTokens;
    return settings;
  }
}
