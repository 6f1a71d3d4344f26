/** Looks at counters at a steady rate, and makes out a few looks together what was seen. */

import { DITHER, TickSchedule, type TickScheduleOptions } from './tick-schedule.js';

export interface CounterLooksOptions extends Pick<
  TickScheduleOptions,
  'clock' | 'periodMilliseconds' | 'first' | 'standStill'
> {
  /** Sees what the counters show now. */
  readonly look: () => void;
  /** Brings what was seen into the ledgers. */
  readonly makeOut: () => void;
  /** True while somebody waits for what is seen next. */
  readonly isAwaited: () => boolean;
  /** So many looks are made out together while nobody waits; other work of the thread waits for no longer than that. */
  readonly together: number;
}

/**
 * Fifty times a second a thread finds the caches cold, and all that it does costs many times what it costs at once. So
 * it only looks, stands still until the next look, and does everything else once for several.
 */
export class CounterLooks implements Disposable {
  readonly #options: CounterLooksOptions;
  readonly #schedule: TickSchedule;
  /** Looks that were not made out yet. */
  #looks = 0;

  constructor(options: CounterLooksOptions) {
    const { clock, periodMilliseconds, first, standStill } = options;
    this.#options = options;
    this.#schedule = new TickSchedule({
      clock,
      periodMilliseconds,
      dither: DITHER,
      action: () => this.#tick(),
      ...(first && { first }),
      ...(standStill && { standStill: (milliseconds) => this.#looks > 0 && standStill(milliseconds) }),
    });
  }

  [Symbol.dispose](): void {
    this.#schedule[Symbol.dispose]();
  }

  #tick(): void {
    const { look, makeOut, isAwaited, together, standStill } = this.#options;
    look();
    this.#looks++;
    if (standStill && this.#looks < together && !isAwaited()) return;
    this.#looks = 0;
    makeOut();
  }
}
