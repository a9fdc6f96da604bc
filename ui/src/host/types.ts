// The shape of the door to the backend: every command by name, typed by the generated command table.
// The two real doors are tauri.ts and harness.ts; index.ts picks one.
import type { COMMANDS, Commands } from '$gen/commands';
import type { Failure } from './failure';

export type CommandName = keyof Commands;
type OfKind<K extends 'read' | 'write' | 'stream'> = {
  [N in CommandName]: (typeof COMMANDS)[N]['kind'] extends K ? N : never;
}[CommandName];
export type ReadName = OfKind<'read'>;
export type WriteName = OfKind<'write'>;
export type CallName = ReadName | WriteName;
export type StreamName = OfKind<'stream'>;
export type RequestOf<N extends CommandName> = Commands[N]['request'];
export type AnswerOf<N extends CommandName> = Commands[N]['answer'];

/** Stops a stream. Calling it again does nothing. */
export type Stop = () => void;

export interface Host {
  /** Where the page runs: in the app's window, or in a browser on the test harness. */
  readonly kind: 'tauri' | 'harness';
  /** Runs a read or a write. Rejects with a `Failure` and nothing else. */
  call<N extends CallName>(name: N, request: RequestOf<N>): Promise<AnswerOf<N>>;
  /** Follows a stream. `onEnd` is called once, with the failure if there was one; never after `Stop`. */
  stream<N extends StreamName>(
    name: N,
    request: RequestOf<N>,
    onItem: (item: AnswerOf<N>) => void,
    onEnd?: (failure: Failure | null) => void,
  ): Stop;
  /** Sets the size of everything; 1 is normal. */
  zoom(factor: number): void;
}
