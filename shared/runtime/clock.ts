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

/** The machine's own clock. */
export const systemClock: Clock = {
  monotonicNanoseconds: () => process.hrtime.bigint(),
  wallMilliseconds: () => Date.now(),
  sleep(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, milliseconds);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  every(milliseconds, action) {
    const timer = setInterval(action, milliseconds);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  },
};
