// The one thing a command throws, and how anything else that was thrown becomes it.
import type { Error as AppError } from '$gen/Error';

/** A command failed. `error` is what the backend said, ready for `ErrorNote`. */
export class Failure extends Error {
  constructor(readonly error: AppError) {
    super(error.message);
  }
}

/** Turns anything that was thrown into the one error shape. */
export function asError(thrown: unknown): AppError {
  if (thrown instanceof Failure) return thrown.error;
  if (isError(thrown)) return thrown;
  if (typeof thrown === 'string') {
    try {
      const parsed: unknown = JSON.parse(thrown);
      if (isError(parsed)) return parsed;
    } catch {
      // Not JSON: the words themselves are the message.
    }
    return internal(thrown);
  }
  return internal(thrown instanceof Error ? thrown.message : String(thrown));
}

/** As `asError`, as something that can be thrown. */
export function asFailure(thrown: unknown): Failure {
  return thrown instanceof Failure ? thrown : new Failure(asError(thrown));
}

function internal(message: string): AppError {
  return { code: 'internal', message, retryable: false };
}

function isError(value: unknown): value is AppError {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
}
