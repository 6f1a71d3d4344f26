/** What every command of the agent's side gets from the process: nothing else of it is touched by commands. */

import type { Clock } from '../shared/runtime/clock.js';
import type { SignalSource } from '../shared/runtime/interruptions.js';
import type { TextOptions } from '../shared/runtime/entry-text.js';

export interface AgentContext {
  /** Variables by name, as the process was started. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  readonly processId: number;
  readonly clock: Clock;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: { readonly isTTY?: boolean };
  /** Signals by name, for commands that hand them on. */
  readonly signals: SignalSource;
  /** First Ctrl-C or SIGTERM: finish in order. */
  readonly interrupted: AbortSignal;
  /** Second one: at once. */
  readonly interruptedTwice: AbortSignal;
}

/** Exit statuses. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Writes one line for people. */
export const say = ({ stdout }: AgentContext, line: string): void => void stdout.write(`${line}\n`);

/** How this terminal is written to; 100 columns where it is none. */
export const textOptions = (
  { stdout, environment }: AgentContext,
  stream: NodeJS.WriteStream = stdout,
): TextOptions => ({
  color: stream.isTTY && !environment['NO_COLOR'],
  width: stream.isTTY ? Math.max(40, stream.columns) : 100,
});

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
