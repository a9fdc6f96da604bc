// The memory engine of the scripted app. `?engine=starting`, `loading_model`, `degraded`, `offline` or `none` in the
// address says how it is; `none` is an app without one.
import type { EngineState } from '$gen/EngineState';
import type { EngineView } from '$gen/EngineView';
import type { Answers } from '$host/fake';

const STATES: readonly EngineState[] = ['starting', 'loading_model', 'ready', 'degraded', 'offline'];
const asked = new URLSearchParams(globalThis.location?.search ?? '').get('engine');

const fresh = (): EngineView => ({
  present: asked !== 'none',
  state: STATES.find((state) => state === asked) ?? 'ready',
  reason: asked === 'degraded' ? 'the weights of the encoder are not in `/usr/lib/rearview/weights`' : null,
  error:
    asked === 'offline'
      ? {
          code: 'internal',
          message: 'Could not open the memory file: another program holds it.',
          hint: 'Close the other Rearview, then start this one again.',
          retryable: true,
        }
      : null,
  path: '/home/ana/.local/share/rearview/memory/memory.db',
  bytes: asked === 'starting' ? 0 : 4_812_800,
  facts: asked === 'starting' || asked === 'offline' ? null : 1284,
  banks: asked === 'starting' || asked === 'offline' ? null : 3,
  model: null,
  tokensPerDay: 500_000,
  tokensToday: 184_220,
  sample: false,
  sampleQuestions: [
    'What did Mara decide about the house in Porto?',
    'Who is allergic to walnuts?',
    'What changed at work in spring?',
    'Which book did she not finish, and why?',
  ],
});

/** How the scripted engine is. Tests change it in place. */
export const engine: EngineView = fresh();

/** Puts the engine back to what the address says. */
export function restart(change: Partial<EngineView> = {}) {
  Object.assign(engine, fresh(), change);
}

const SAMPLE_FACTS = 212;
const soon = () => new Promise((done) => setTimeout(done, 900));

export const answers: Answers = {
  'engine.status': () => engine,
  'engine.saveModel': ({ model, tokensPerDay }) =>
    Object.assign(engine, { model: model ?? null, tokensPerDay }),
  'engine.loadSample': async () => {
    await soon();
    return Object.assign(engine, { sample: true, facts: (engine.facts ?? 0) + SAMPLE_FACTS });
  },
  'engine.removeSample': () =>
    Object.assign(engine, { sample: false, facts: Math.max(0, (engine.facts ?? 0) - SAMPLE_FACTS) }),
};
