/** Growing, bounded memory for the knots of a ledger: instants at which the cumulative energy of a device is known. */

/** One instant of known energy. */
export interface Knot {
  readonly atNanoseconds: bigint;
  readonly microjoules: bigint;
  /** The true instant lies within plus or minus this many nanoseconds. */
  readonly slackNanoseconds: number;
}

/** Some 40 minutes at 50 Hz in 2.5 MiB; older history is thinned, not lost. */
const MAX_KNOTS = 1 << 17;
const FIRST_CAPACITY = 1 << 10;

/**
 * Knots in the order of time. When full, every second knot of the older half is dropped: cumulative energy stays exact
 * at the knots that are left, and windows with edges in old history become coarser, which their edge uncertainty shows.
 */
export class KnotStore {
  #at = new BigInt64Array(FIRST_CAPACITY);
  #energy = new BigInt64Array(FIRST_CAPACITY);
  #slack = new Float32Array(FIRST_CAPACITY);
  #first = 0;
  #end = 0;
  readonly #limit: number;

  constructor(limit = MAX_KNOTS) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#end - this.#first;
  }

  push({ atNanoseconds, microjoules, slackNanoseconds }: Knot): void {
    if (this.length >= this.#limit) this.#thin();
    if (this.#end === this.#at.length) this.#makeRoom();
    this.#at[this.#end] = atNanoseconds;
    this.#energy[this.#end] = microjoules;
    this.#slack[this.#end] = slackNanoseconds;
    this.#end++;
  }

  at(index: number): bigint {
    return this.#at[this.#first + index] ?? 0n;
  }

  energy(index: number): bigint {
    return this.#energy[this.#first + index] ?? 0n;
  }

  slack(index: number): number {
    return this.#slack[this.#first + index] ?? 0;
  }

  /** Index of the last knot at or before `instant`; -1 when there is none. */
  lastAtOrBefore(instant: bigint): number {
    let low = -1;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.at(middle) <= instant) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Forgets knots that no window starting at or after `instant` can need; two are kept before it, for the local slope. */
  dropBefore(instant: bigint): void {
    const keepFrom = this.lastAtOrBefore(instant) - 1;
    if (keepFrom > 0) this.#first += keepFrom;
  }

  #makeRoom(): void {
    const capacity = this.length > this.#at.length / 2 ? this.#at.length * 2 : this.#at.length;
    this.#moveTo(new BigInt64Array(capacity), new BigInt64Array(capacity), new Float32Array(capacity));
  }

  #moveTo(at: BigInt64Array<ArrayBuffer>, energy: BigInt64Array<ArrayBuffer>, slack: Float32Array<ArrayBuffer>): void {
    at.set(this.#at.subarray(this.#first, this.#end));
    energy.set(this.#energy.subarray(this.#first, this.#end));
    slack.set(this.#slack.subarray(this.#first, this.#end));
    this.#end -= this.#first;
    this.#first = 0;
    this.#at = at;
    this.#energy = energy;
    this.#slack = slack;
  }

  #thin(): void {
    const half = this.length >> 1;
    let write = this.#first;
    for (let read = 0; read < this.length; read += read < half ? 2 : 1) {
      this.#at[write] = this.at(read);
      this.#energy[write] = this.energy(read);
      this.#slack[write] = this.slack(read);
      write++;
    }
    this.#end = write;
  }
}
