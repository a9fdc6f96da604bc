// The one line that says whether memory works for the next message, and why not. Words only; MemoryLine draws it.
import { engineSaid } from './engine';
import { quoted } from './errors';
import type { EngineView } from '$gen/EngineView';
import type { MemoryOff } from '$gen/MemoryOff';
import type { MemoryStatus } from '$gen/MemoryStatus';
import { count } from './format';

export interface MemoryLine {
  /** Picks icon and hue. */
  state: 'on' | 'half' | 'off' | 'trouble';
  /** The state in two or three words. */
  words: string;
  /** Server and bank, or the reason. */
  detail: string;
  /** Turns that wait or failed; empty when none. */
  outbox: string;
}

const WHY: Record<MemoryOff, string> = {
  setting: 'by its settings',
  incognito: 'this chat is incognito',
  temporary: 'this chat is temporary',
  excluded_model: 'this model is left out of it',
  no_server: 'there is no memory to ask',
  no_query: 'nothing to ask it',
  tools: 'the model looks by itself',
};

/** What memory would do, in words. `engine` is the memory on this computer when the turn would use it. */
export function memoryLine(status: MemoryStatus, engine?: EngineView): MemoryLine {
  const outbox = [
    status.waiting ? `${count(status.waiting, 'turn')} waiting to be stored` : '',
    status.failed ? `${status.failed} not stored` : '',
  ]
    .filter(Boolean)
    .join(', ');
  const place = [status.server, status.bank?.bankId].filter(Boolean).join(' · ');
  const line = (state: MemoryLine['state'], words: string, detail: string) => ({
    state,
    words,
    detail,
    outbox,
  });

  if (status.injectOff && status.storeOff) return line('off', 'Memory off', WHY[status.injectOff]);
  if (status.bankError) return line('trouble', 'No bank', quoted(status.bankError.message));
  if (engine?.state === 'offline') return line('trouble', 'Memory is offline', engineSaid(engine).text);
  if (engine?.state === 'starting') return line('half', 'Memory is starting', place);
  if (status.health && !status.health.ok) {
    return line(
      'trouble',
      'Memory does not answer',
      status.health.error ? quoted(status.health.error.message) : place,
    );
  }
  if (status.injectOff) return line('half', 'Stores, does not recall', place);
  if (status.storeOff) return line('half', 'Recalls, does not store', place);
  if (engine?.state === 'degraded') return line('half', 'Memory on, degraded', place);
  if (engine?.state === 'loading_model') return line('half', 'Memory on, loading', place);
  return line('on', 'Memory on', place);
}
