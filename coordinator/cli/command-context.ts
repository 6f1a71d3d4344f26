/** What every command gets from the process: nothing else of it is touched by commands. */

import type { Clock } from '../../shared/runtime/clock.js';

export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** First Ctrl-C or SIGTERM: finish in order. */
  readonly interrupted: AbortSignal;
  /** Second one: at once. */
  readonly interruptedTwice: AbortSignal;
  readonly processId: number;
  /** How a person gives this command again. */
  readonly commandLine: string;
}

/** Exit statuses. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

/** A promise that only ever fails, and the way to make it fail. Nobody waiting for it is no crash. */
export function deferredFailure(): {
  readonly promise: Promise<never>;
  readonly reject: (error: unknown) => void;
} {
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<never>((_resolve, rejectIt) => (reject = rejectIt));
  promise.catch(() => undefined);
  return { promise, reject };
}
