// The mission lab of a bank: what is to be read, what it will take, what came of it. It goes on while the person looks
// elsewhere; stopping keeps what came. The plan is `mission.planLab`, the run the stream `mission.lab`.
import type { Error as AppError } from '$gen/Error';
import type { LabPlan } from '$gen/LabPlan';
import { asError, host, type Stop } from '$host';
import type { LabResult } from '$lib/lab';
import type { Draft } from '$lib/mission';

export class MissionLab {
  readonly serverId: string;
  readonly bankId: string;
  /** The last turns, or one document. */
  source: 'turns' | 'document' = $state('turns');
  count: number | null = $state(20);
  documentId: string | null = $state(null);
  /** What was confirmed: the missions that were tried, and what it was to take. */
  tried: { draft: Draft; plan: LabPlan } | null = $state.raw(null);
  results: LabResult[] = $state.raw([]);
  running = $state(false);
  stopped = $state(false);
  error: AppError | null = $state.raw(null);
  #stop: Stop | null = null;

  constructor(serverId: string, bankId: string) {
    this.serverId = serverId;
    this.bankId = bankId;
  }

  /** Runs what was confirmed. */
  run(draft: Draft, plan: LabPlan) {
    this.stop();
    this.tried = { draft, plan };
    this.results = [];
    this.error = null;
    this.stopped = false;
    this.running = true;
    const documentIds = plan.documents.map(({ id }) => id);
    const { serverId, bankId } = this;
    this.#stop = host.stream(
      'mission.lab',
      { serverId, bankId, settings: draft, documentIds },
      (event) => {
        if (event.kind !== 'started') this.results = [...this.results, event];
      },
      (failure) => {
        this.running = false;
        this.#stop = null;
        this.error = failure ? asError(failure) : null;
      },
    );
  }

  /** Stops asking. What came stays. */
  stop() {
    if (!this.#stop) return;
    this.#stop();
    this.#stop = null;
    this.running = false;
    this.stopped = true;
  }

  clear() {
    this.stop();
    this.tried = null;
    this.results = [];
    this.error = null;
    this.stopped = false;
  }
}

const labs = new Map<string, MissionLab>();

/** The lab of a bank; the same one each time. */
export function missionLab(serverId: string, bankId: string): MissionLab {
  const key = JSON.stringify([serverId, bankId]);
  const lab = labs.get(key) ?? new MissionLab(serverId, bankId);
  labs.set(key, lab);
  return lab;
}
