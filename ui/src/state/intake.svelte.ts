// What is about to be brought into memory: pasted text and files, the chosen conversations, and a dry run of a part
// of it. Lives while the app runs, so that leaving the tab loses nothing. The batches themselves are the backend's.
import { SvelteSet } from 'svelte/reactivity';
import type { Batch } from '$gen/Batch';
import type { Error as AppError } from '$gen/Error';
import type { IntakeGlance } from '$gen/IntakeGlance';
import type { IntakePlan } from '$gen/IntakePlan';
import type { IntakeSource } from '$gen/IntakeSource';
import type { SampledDocument } from '$gen/SampledDocument';
import type { SampleEvent } from '$gen/SampleEvent';
import type { Voices } from '$gen/Voices';
import { asError, host } from '$host';
import { fingerprint, isDay, labelOf } from '$lib/intake';
import type { Bank } from '$lib/memoryFilter';
import { upload } from '$lib/upload';
import { mutate, read } from './commands.svelte';

/** A file on its way in. */
export class IntakeFile {
  readonly name: string;
  readonly size: number;
  written = $state(0);
  uploadId: string | null = $state(null);
  glance: IntakeGlance | null = $state.raw(null);
  error: AppError | null = $state.raw(null);
  /** Positions of the chosen conversations. */
  readonly chosen = new SvelteSet<number>();
  readonly #stop = new AbortController();

  constructor(file: File) {
    this.name = file.name;
    this.size = file.size;
    void this.#take(file);
  }

  get ready(): boolean {
    return this.glance !== null && (this.glance.kind !== 'conversations' || this.chosen.size > 0);
  }

  async #take(file: File) {
    try {
      const { signal } = this.#stop;
      const { uploadId } = await upload(file, { signal, said: (written) => (this.written = written) });
      this.uploadId = uploadId;
      const glance = await read('intake.glance', { uploadId });
      for (const { at } of glance.conversations) this.chosen.add(at);
      this.glance = glance;
    } catch (thrown) {
      if (!this.#stop.signal.aborted) this.error = asError(thrown);
    }
  }

  /** Removes what came of it. */
  drop() {
    this.#stop.abort();
    if (this.uploadId !== null)
      void host.call('upload.discard', { uploadId: this.uploadId }).catch(() => undefined);
  }

  source(): IntakeSource | null {
    if (!this.ready || this.uploadId === null || this.glance === null) return null;
    const all = this.chosen.size === this.glance.conversations.length;
    return {
      kind: 'upload',
      uploadId: this.uploadId,
      chosen: all ? null : [...this.chosen].sort((a, b) => a - b),
    };
  }
}

type Counted = Extract<SampleEvent, { kind: 'counted' }>;
type Estimated = Extract<SampleEvent, { kind: 'estimated' }>;

/** A dry run. */
export interface Sample {
  /** The plan it tried. */
  of: string;
  counted: Counted | null;
  tried: readonly SampledDocument[];
  estimated: Estimated | null;
  error: AppError | null;
  running: boolean;
}

class Intake {
  text = $state('');
  files: readonly IntakeFile[] = $state.raw([]);
  voices: Voices = $state('both');
  tags: string[] = $state([]);
  /** The day of texts, `2026-11-27`; empty means none. */
  day = $state('');
  sample: Sample | null = $state.raw(null);
  starting = $state(false);
  error: AppError | null = $state.raw(null);
  #stopSample: (() => void) | null = null;

  add(files: Iterable<File>) {
    this.files = [...this.files, ...[...files].map((file) => new IntakeFile(file))];
  }

  remove(file: IntakeFile) {
    file.drop();
    this.files = this.files.filter((other) => other !== file);
  }

  get hasConversations(): boolean {
    return this.files.some((file) => file.glance?.kind === 'conversations');
  }

  get hasText(): boolean {
    return this.text.trim() !== '' || this.files.some((file) => file.glance?.kind === 'text');
  }

  /** Why the day is none. */
  get dayFault(): string | null {
    return this.day === '' || isDay(this.day) ? null : 'Write the day as 2026-11-27.';
  }

  /** Whether files are still being read. */
  get reading(): boolean {
    return this.files.some((file) => file.glance === null && file.error === null);
  }

  /** What would be brought into a bank; null while there is nothing. */
  plan({ serverId, bankId }: Bank): IntakePlan | null {
    const sources = this.files.map((file) => file.source()).filter((source) => source !== null);
    if (this.text.trim() !== '') sources.push({ kind: 'text', text: this.text });
    if (sources.length === 0 || this.reading || this.dayFault !== null) return null;
    const at = this.day === '' ? null : `${this.day}T12:00:00Z`;
    return { serverId, bankId, sources, voices: this.voices, tags: this.tags, at };
  }

  /** Whether the dry run is of this plan. */
  isFresh(plan: IntakePlan): boolean {
    return this.sample?.of === fingerprint(plan);
  }

  /** Reads a part of a plan and stores nothing. */
  try(plan: IntakePlan, documents: number) {
    this.stopSample();
    const of = fingerprint(plan);
    let sample: Sample = { of, counted: null, tried: [], estimated: null, error: null, running: true };
    const show = (change: Partial<Sample>) => (this.sample = sample = { ...sample, ...change });
    show({});
    this.#stopSample = host.stream(
      'intake.sample',
      { plan, documents },
      (event) => {
        if (event.kind === 'counted') show({ counted: event });
        else if (event.kind === 'tried') show({ tried: [...sample.tried, event.document] });
        else show({ estimated: event });
      },
      (failure) => show({ running: false, error: failure?.error ?? null }),
    );
  }

  stopSample() {
    this.#stopSample?.();
    this.#stopSample = null;
    if (this.sample?.running) this.sample = { ...this.sample, running: false };
  }

  /** Brings a plan in; what was chosen is cleared then, since it belongs to the batch. */
  async start(plan: IntakePlan): Promise<Batch | null> {
    this.starting = true;
    this.error = null;
    try {
      const label = labelOf(this.files.map((file) => file.name));
      const batch = await mutate('intake.start', { plan, label });
      this.stopSample();
      this.text = '';
      this.files = [];
      this.sample = null;
      return batch;
    } catch (thrown) {
      this.error = asError(thrown);
      return null;
    } finally {
      this.starting = false;
    }
  }
}

export const intake = new Intake();
