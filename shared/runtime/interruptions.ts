/** Ctrl-C and its relatives: once to finish in order, twice to stop at once. */

import type { Clock } from './clock.js';

/** Where signals come from; the process itself. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

export interface Interruptions {
  /** Finish in order. */
  readonly interrupted: AbortSignal;
  /** At once. */
  readonly interruptedTwice: AbortSignal;
}

/** Under npm one Ctrl-C arrives twice: from the terminal, and handed on by npm within milliseconds. */
const ECHO_MILLISECONDS = 250;

export function interruptions(source: SignalSource, clock: Pick<Clock, 'monotonicNanoseconds'>): Interruptions {
  const first = new AbortController();
  const second = new AbortController();
  const last = new Map<NodeJS.Signals, bigint>();
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = clock.monotonicNanoseconds();
    const before = last.get(signal);
    last.set(signal, now);
    const isEcho = before !== undefined && now - before < BigInt(ECHO_MILLISECONDS) * 1_000_000n;
    if (!isEcho) (first.signal.aborted ? second : first).abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) source.on(signal, onSignal);
  return { interrupted: first.signal, interruptedTwice: second.signal };
}
