/** Processor time of the machine and of each trial over the last minute, so that energy read late is divided in time. */

/** Cumulative processor time at one instant, in nanoseconds. */
export interface LoadSample {
  readonly atNanoseconds: bigint;
  /** Of the whole machine, since boot. */
  readonly busy: bigint;
  /** Of each attached trial since it was attached. */
  readonly trials: ReadonlyMap<number, bigint>;
}

/** One minute at 20 Hz: far more than the slowest sensor lags behind. */
const MOST_SAMPLES = 1200;

/** Interpolates between samples; the time of a trial is 0 before it came and stays what it was after it left. */
export class LoadHistory {
  #samples: LoadSample[] = [];
  readonly #left = new Map<number, { readonly at: bigint; readonly nanoseconds: bigint }>();

  get lastNanoseconds(): bigint | undefined {
    return this.#samples.at(-1)?.atNanoseconds;
  }

  add(sample: LoadSample): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.atNanoseconds <= last.atNanoseconds) return;
    for (const [trial, nanoseconds] of last?.trials ?? []) {
      if (!sample.trials.has(trial)) this.#left.set(trial, { at: sample.atNanoseconds, nanoseconds });
    }
    this.#samples.push(sample);
    if (this.#samples.length > MOST_SAMPLES) this.#forget();
  }

  /** Busy time of the machine up to an instant. */
  busyAt(instant: bigint): bigint {
    return this.#at(instant, ({ busy }) => busy);
  }

  /** Processor time of a trial up to an instant. */
  trialAt(trial: number, instant: bigint): bigint {
    const left = this.#left.get(trial);
    return this.#at(instant, ({ atNanoseconds, trials }) => trials.get(trial) ?? since(left, atNanoseconds));
  }

  #at(instant: bigint, value: (sample: LoadSample) => bigint): bigint {
    const after = this.#samples.findLastIndex(({ atNanoseconds }) => atNanoseconds <= instant) + 1;
    const [a, b] = [this.#samples[after - 1], this.#samples[after]];
    if (a === undefined || b === undefined) return (a && value(a)) ?? (b && value(b)) ?? 0n;
    const [from, to] = [value(a), value(b)];
    return from + ((to - from) * (instant - a.atNanoseconds)) / (b.atNanoseconds - a.atNanoseconds);
  }

  #forget(): void {
    this.#samples = this.#samples.slice(MOST_SAMPLES >> 1);
    const oldest = this.#samples[0]?.atNanoseconds ?? 0n;
    for (const [trial, { at }] of this.#left) if (at < oldest) this.#left.delete(trial);
  }
}

function since(left: { readonly at: bigint; readonly nanoseconds: bigint } | undefined, at: bigint): bigint {
  return left !== undefined && at >= left.at ? left.nanoseconds : 0n;
}
