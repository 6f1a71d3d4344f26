/** A clock that moves only when told to. */

import type { Clock } from '../../shared/runtime/clock.js';

export interface ManualClock extends Clock {
  /** Moves on, running what falls due on the way in its order. */
  advance(milliseconds: number): void;
}

export function manualClock(): ManualClock {
  let now = 0;
  let order = 0;
  interface Due {
    readonly at: number;
    readonly order: number;
    readonly run: () => void;
  }
  const due = new Set<Due>();
  const plan = (at: number, run: () => void): Due => {
    const entry = { at, order: order++, run };
    due.add(entry);
    return entry;
  };
  const clock: ManualClock = {
    monotonicNanoseconds: () => BigInt(Math.round(now * 1e6)),
    wallMilliseconds: () => 1_790_000_000_000 + now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const onAbort = (): void => (due.delete(entry), reject(signal?.reason as Error));
        const entry = plan(now + milliseconds, () => (signal?.removeEventListener('abort', onAbort), resolve()));
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    after(milliseconds, action) {
      const entry = plan(now + milliseconds, action);
      return { [Symbol.dispose]: () => void due.delete(entry) };
    },
    every(milliseconds, action) {
      let entry = plan(now + milliseconds, again);
      function again(): void {
        entry = plan(now + milliseconds, again);
        action();
      }
      return { [Symbol.dispose]: () => void due.delete(entry) };
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const next = [...due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
        if (!next) break;
        due.delete(next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
  };
  return clock;
}
