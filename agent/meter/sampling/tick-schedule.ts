/** Calls an action at a steady rate: deadlines are absolute, missed ones are skipped, and the phase is dithered. */

import type { Clock } from '../../../shared/runtime/clock.js';

export interface TickScheduleOptions {
  readonly clock: Clock;
  readonly periodMilliseconds: number;
  /** Width of the dither as a share of the period. */
  readonly dither: number;
  readonly action: () => void;
  /** Waits with the thread standing still; `false`: not to the end, and a timer must do so. */
  readonly standStill?: (milliseconds: number) => boolean;
  /** At first the action is called more often. */
  readonly first?: typeof CLOSE_LOOKS;
}

/** Looks come up to this share of the period earlier and later than an even beat. */
export const DITHER = 0.4;

/**
 * Updates every 10 or 20 ms cannot be told apart by looks 20 ms apart; two seconds of closer ones find their period and
 * phase, and looks at the usual rate then follow them. In milliseconds.
 */
export const CLOSE_LOOKS = { period: 2, duration: 2000 } as const;

/** The golden ratio's fraction: its multiples fill the unit interval as evenly as any sequence (Kronecker, Weyl). */
const GOLDEN_FRACTION = (Math.sqrt(5) - 1) / 2;

/**
 * The nth look falls on start + (n + dither x (fraction - 1/2)) x period, so that looks neither drift nor keep one phase
 * to a sensor that ticks at a multiple of the period: which update lies between two looks is then known more finely
 * than the looks are apart. A look that is late is made once; those it has missed are not made up for.
 */
export class TickSchedule implements Disposable {
  readonly #options: TickScheduleOptions;
  readonly #start: bigint;
  #count = 0;
  #timer: Disposable | undefined;
  #ended = false;

  constructor(options: TickScheduleOptions) {
    this.#options = options;
    this.#start = options.clock.monotonicNanoseconds();
    this.#schedule();
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#timer?.[Symbol.dispose]();
  }

  /** Until the thread may not stand still any more: then a timer waits for the next look. */
  #schedule(): void {
    const { clock, standStill, action } = this.#options;
    let due = this.#nextDue();
    while (standStill?.(due - this.#elapsed())) {
      action();
      if (this.#ended) return;
      due = this.#nextDue();
    }
    this.#timer = clock.after(Math.max(1, Math.round(due - this.#elapsed())), () => this.#tick());
  }

  /** Milliseconds from the start to the next look. */
  #nextDue(): number {
    const { periodMilliseconds, dither, first } = this.#options;
    const elapsed = this.#elapsed();
    if (first && elapsed < first.duration) return elapsed + first.period;
    this.#count = Math.max(this.#count, Math.floor(elapsed / periodMilliseconds)) + 1;
    const shift = dither * (((this.#count * GOLDEN_FRACTION) % 1) - 0.5);
    return (this.#count + shift) * periodMilliseconds;
  }

  #elapsed(): number {
    return Number(this.#options.clock.monotonicNanoseconds() - this.#start) / 1e6;
  }

  #tick(): void {
    try {
      this.#options.action();
    } finally {
      if (!this.#ended) this.#schedule();
    }
  }
}
