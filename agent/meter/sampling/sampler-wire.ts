/** The sampler's port over messages, so that it can live in another thread. */

import { EnvironmentError, MeterError, TunerError, UsageError } from '../../../shared/domain/errors.js';
import type { Sampler } from './sampler.js';

/** The end of a two-way channel that carries structured clones. */
export interface MessageChannelEnd {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** Methods that cross the channel, with what each takes and gives. */
type Method = keyof Sampler;
interface Call {
  readonly id: number;
  readonly method: Method;
  readonly values: readonly unknown[];
}
type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };

/** Answers calls from the channel with a sampler on this side. */
export function serveSampler(sampler: Sampler, channel: MessageChannelEnd): void {
  channel.onMessage((message) => {
    const { id, method, values } = message as Call;
    const run = sampler[method].bind(sampler) as (...values: readonly unknown[]) => Promise<unknown>;
    const reply = (answer: Answer): void => channel.post(answer);
    // A method that throws instead of rejecting must not end the thread.
    void Promise.resolve()
      .then(() => run(...values))
      .then(
        (value) => reply({ id, ok: true, value }),
        (error: unknown) => reply({ id, ok: false, ...describeError(error) }),
      );
  });
}

/** A sampler on the far side of a channel. */
export interface RemoteSampler extends Sampler {
  /** Fails all open and later calls: the far side is gone. */
  lose(reason: string): void;
  /** Number of calls that wait for an answer. */
  readonly waiting: number;
}

export function remoteSampler(channel: MessageChannelEnd): RemoteSampler {
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let next = 1;
  let lost: string | undefined;
  channel.onMessage((message) => {
    const answer = message as Answer;
    const waiter = open.get(answer.id);
    open.delete(answer.id);
    if (answer.ok) waiter?.resolve(answer.value);
    else waiter?.reject(restoreError(answer));
  });
  const call = <T>(method: Method, ...values: readonly unknown[]): Promise<T> =>
    new Promise<unknown>((resolve, reject) => {
      if (lost !== undefined) return reject(new MeterError(lost));
      const id = next++;
      open.set(id, { resolve, reject });
      channel.post({ id, method, values } satisfies Call);
    }) as Promise<T>;
  return {
    probe: () => call('probe'),
    hold: (devices) => call('hold', devices),
    attach: (attachment) => call('attach', attachment),
    detach: (trial) => call('detach', trial),
    window: (window) => call('window', window),
    total: (trial, end) => call('total', trial, end),
    sensors: () => call('sensors'),
    conditions: (devices) => call('conditions', devices),
    strangers: (devices) => call('strangers', devices),
    tickSeconds: (trial) => call('tickSeconds', trial),
    close: () => call('close'),
    lose(reason) {
      lost = reason;
      for (const { reject } of open.values()) reject(new MeterError(reason));
      open.clear();
    },
    get waiting() {
      return open.size;
    },
  };
}

interface ErrorText {
  readonly code: string;
  readonly message: string;
}

const describeError = (error: unknown): ErrorText => ({
  code: error instanceof TunerError ? error.code : 'METER',
  message: error instanceof Error ? error.message : String(error),
});

function restoreError({ code, message }: ErrorText): Error {
  if (code === 'USAGE') return new UsageError(message);
  return code === 'ENVIRONMENT' ? new EnvironmentError(message) : new MeterError(message);
}
