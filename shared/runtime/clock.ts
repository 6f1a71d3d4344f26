/** Time as an argument: the only source of instants and delays for code that must be testable. */

/** Instants and delays. The monotonic clock is `CLOCK_MONOTONIC`, shared by all processes of one boot of a machine. */
export interface Clock {
  /** Nanoseconds since an arbitrary origin that stays fixed until the machine reboots. */
  monotonicNanoseconds(): bigint;
  /** Milliseconds since 1970; for people and for correlation, never for durations. */
  wallMilliseconds(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason when aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls `action` once after `milliseconds`; dispose to cancel. */
  after(milliseconds: number, action: () => void): Disposable;
  /** Calls `action` every `milliseconds` until disposed. */
  every(milliseconds: number, action: () => void): Disposable;
}

/** The runtime fires timers that are longer than this at once; longer ones are put together from several. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** The machine's own clock; waits may be of any length. */
export const systemClock: Clock = {
  monotonicNanoseconds: () => process.hrtime.bigint(),
  wallMilliseconds: () => Date.now(),
  sleep(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        timer[Symbol.dispose]();
        reject(signal?.reason as Error);
      };
      const timer = after(milliseconds, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
  after,
  every(milliseconds, action) {
    if (milliseconds > LONGEST_TIMER_MILLISECONDS) return everyLong(milliseconds, action);
    const timer = setInterval(action, milliseconds);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  },
};

function after(milliseconds: number, action: () => void): Disposable {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const now = Math.min(left, LONGEST_TIMER_MILLISECONDS);
    timer = setTimeout(() => (left > now ? wait(left - now) : action()), now);
  };
  wait(milliseconds);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

function everyLong(milliseconds: number, action: () => void): Disposable {
  const again = (): void => {
    timer = after(milliseconds, again);
    action();
  };
  let timer = after(milliseconds, again);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
