// Picks the door: the app's window, the harness, or the in-memory app of `--mode fake` and vitest.
// Everything else in the page imports `host` from here and knows no other way out.
import { harnessHost } from './harness';
import { inWindow, tauriHost } from './tauri';
import type { Host } from './types';

export { Failure, asError } from './failure';
export type * from './types';

// The mode is a constant of the build, so that production contains no trace of the fake.
const fake = import.meta.env.MODE === 'fake' || import.meta.env.MODE === 'test';

export const host: Host = fake ? (await import('./fake')).fakeHost : inWindow() ? tauriHost : harnessHost;
