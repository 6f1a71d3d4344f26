/** Ctrl-C and its relatives: once to finish in order, twice to stop at once. */

import { constants } from 'node:os';

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

/** Why a signal of {@link Interruptions} is aborted. */
class Interruption extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/** Exit status that a shell gives for the signal which came: 130 for Ctrl-C, 143 for SIGTERM. */
export function interruptedStatus({ reason }: AbortSignal): number {
  return 128 + constants.signals[reason instanceof Interruption ? reason.signal : 'SIGINT'];
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
    if (!isEcho) (first.signal.aborted ? second : first).abort(new Interruption(signal));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) source.on(signal, onSignal);
  return { interrupted: first.signal, interruptedTwice: second.signal };
}
