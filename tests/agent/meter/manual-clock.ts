/** A clock that moves only when it is told to. */

import type { Clock } from '../../../shared/runtime/clock.js';

interface Timer {
  at: bigint;
  readonly every: bigint | undefined;
  readonly action: () => void;
}

const MILLISECOND = 1_000_000n;

export class ManualClock implements Clock {
  now = 1_000_000_000_000n;
  readonly #timers = new Set<Timer>();

  monotonicNanoseconds(): bigint {
    return this.now;
  }

  wallMilliseconds(): number {
    return Number(this.now / MILLISECOND);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.#add(milliseconds, undefined, resolve));
  }

  after(milliseconds: number, action: () => void): Disposable {
    return this.#add(milliseconds, undefined, action);
  }

  every(milliseconds: number, action: () => void): Disposable {
    return this.#add(milliseconds, milliseconds, action);
  }

  /** Runs all timers that fall due, in order, letting promises settle after each. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.now + BigInt(milliseconds) * MILLISECOND;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.now = next.at;
      if (next.every === undefined) this.#timers.delete(next);
      else next.at += next.every;
      next.action();
      await settled();
    }
    this.now = end;
    await settled();
  }

  #next(end: bigint): Timer | undefined {
    const due = [...this.#timers].filter(({ at }) => at <= end);
    return due.sort((a, b) => (a.at < b.at ? -1 : 1))[0];
  }

  #add(milliseconds: number, every: number | undefined, action: () => void): Disposable {
    const at = this.now + BigInt(milliseconds) * MILLISECOND;
    const timer: Timer = { at, every: every === undefined ? undefined : BigInt(every) * MILLISECOND, action };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await Promise.resolve();
}
