/** Follows a hardware counter of energy: undoes its wraps, and says where it cannot be known what was spent. */

export interface CounterTrackOptions {
  /** Energy after which the counter is at 0 again, in microjoules; absent: it never goes round. */
  readonly periodMicrojoules?: bigint;
  /** More power than the device can draw: tells a wrap from a restart. */
  readonly mostWatts: number;
}

export interface CounterStep {
  /** Since the first value, in microjoules. */
  readonly microjoules: bigint;
  readonly flag?: 'wrap' | 'discontinuity';
}

export class CounterTrack {
  readonly #period: bigint | undefined;
  readonly #mostMilliwatts: bigint;
  #value: bigint | undefined;
  #at = 0n;
  #total = 0n;

  constructor({ periodMicrojoules, mostWatts }: CounterTrackOptions) {
    this.#period = periodMicrojoules;
    this.#mostMilliwatts = BigInt(Math.round(mostWatts * 1000));
  }

  /** The last value; `undefined` before the first. */
  get value(): bigint | undefined {
    return this.#value;
  }

  /** Takes the counter's value in microjoules, seen at `at`; `restarted`: it need not continue the one before. */
  add(value: bigint, at: bigint, restarted = false): CounterStep {
    const previous = this.#value;
    const step = previous === undefined ? { microjoules: 0n } : this.#stepFrom(previous, value, at - this.#at);
    this.#value = value;
    this.#at = at;
    if (restarted && previous !== undefined) return { microjoules: this.#total, flag: 'discontinuity' };
    this.#total += step.microjoules;
    return { ...step, microjoules: this.#total };
  }

  #stepFrom(previous: bigint, value: bigint, elapsed: bigint): CounterStep {
    // Milliwatts times nanoseconds are units of 1e-6 microjoules.
    const most = (elapsed * this.#mostMilliwatts) / 1_000_000n;
    const period = this.#period !== undefined && previous < this.#period ? this.#period : undefined;
    // Longer than the shortest time in which it can go round: how often it did is unknown.
    if (period !== undefined && most > period) return UNKNOWN;
    if (value >= previous) return { microjoules: value - previous };
    if (period === undefined) return UNKNOWN;
    const around = period - previous + value;
    return around > most ? UNKNOWN : { microjoules: around, flag: 'wrap' };
  }
}

const UNKNOWN: CounterStep = { microjoules: 0n, flag: 'discontinuity' };
