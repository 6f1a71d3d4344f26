/** Growing, bounded memory for the knots of a ledger: instants at which the cumulative energy of a device is known. */

import type { SensorTraits } from '../energy-source.js';

/** One instant of known energy. */
export interface Knot extends Timing {
  readonly atNanoseconds: bigint;
  readonly microjoules: bigint;
}

/** How well the instant of a knot is known; all figures are standard uncertainties. */
export interface Timing {
  /** Of this knot alone, in nanoseconds. */
  readonly ownNanoseconds: number;
  /** Common to all knots of one `rhythm`, in nanoseconds: it moves windows but hardly stretches them. */
  readonly commonNanoseconds: number;
  /** By which the common part may change from one knot of the rhythm to another, in nanoseconds per nanosecond. */
  readonly drift: number;
  /** Which stretch of regular updates the knot belongs to; 0 for none. */
  readonly rhythm: number;
}

/** What power of a stretch between knots may be called a peak. */
export interface PeakRule {
  /** Length of the stretch, in intervals between knots. */
  readonly intervals: number;
  /** By which the energy of the stretch may be too high, in microjoules. */
  readonly quantumMicrojoules: number;
  /** False where energy was computed from power between these very instants, so that an error of them cancels. */
  readonly isLooseInTime: boolean;
}

/** Updates of a latched counter over which its peak is taken. */
const PEAK_UPDATES = 3;

/**
 * Peak of a counter that updates now and then: over several updates, as their instants, and with them the power of a
 * single one, are known badly at first. Readings of power are peaks by themselves.
 */
export function peakRuleOf({ reads, latched, quantumMicrojoules }: SensorTraits): PeakRule {
  const isCounter = reads === 'energy';
  return { intervals: isCounter && latched ? PEAK_UPDATES : 1, quantumMicrojoules, isLooseInTime: isCounter };
}

/** Power at the knots' own word. */
const PLAIN_PEAK: PeakRule = { intervals: 1, quantumMicrojoules: 0, isLooseInTime: false };

/** A knot at a known instant. */
export const EXACT: Timing = { ownNanoseconds: 0, commonNanoseconds: 0, drift: 0, rhythm: 0 };

/** More than a day of updates every 100 ms, in 70 MiB at most; older history is then thinned, not lost. */
const MAX_KNOTS = 1 << 20;
const FIRST_CAPACITY = 1 << 10;
/** Knots per entry of the index of peaks. */
const BLOCK_BITS = 8;

interface Columns {
  readonly at: BigInt64Array;
  readonly energy: BigInt64Array;
  readonly own: Float32Array;
  readonly common: Float32Array;
  readonly drift: Float32Array;
  readonly rhythm: Uint32Array;
  /** Of the interval that ends at the knot. */
  readonly watts: Float64Array;
  readonly peak: Float32Array;
  readonly jumps: Float64Array;
  readonly turns: Float64Array;
  readonly shakes: Float64Array;
}

const columnsOf = (capacity: number): Columns => ({
  at: new BigInt64Array(capacity),
  energy: new BigInt64Array(capacity),
  own: new Float32Array(capacity),
  common: new Float32Array(capacity),
  drift: new Float32Array(capacity),
  rhythm: new Uint32Array(capacity),
  watts: new Float64Array(capacity),
  peak: new Float32Array(capacity),
  jumps: new Float64Array(capacity),
  turns: new Float64Array(capacity),
  shakes: new Float64Array(capacity),
});

/**
 * Knots in the order of time. When full, every second knot of the older half is dropped: cumulative energy stays exact
 * at the knots that are left, and windows with edges in old history become coarser, which their edge uncertainty shows.
 *
 * Beside each knot stand sums over all knots so far, so that a window of any length costs the same.
 */
export class KnotStore {
  #columns = columnsOf(FIRST_CAPACITY);
  #blockPeaks: Float32Array = new Float32Array(FIRST_CAPACITY >> BLOCK_BITS);
  #first = 0;
  #end = 0;
  #lastJump = 0;
  readonly #peakRule: PeakRule;
  readonly #limit: number;

  constructor(peakRule = PLAIN_PEAK, limit = MAX_KNOTS) {
    this.#peakRule = peakRule;
    this.#limit = limit;
  }

  get length(): number {
    return this.#end - this.#first;
  }

  push(knot: Knot): void {
    if (this.length >= this.#limit) this.#thin();
    if (this.#end === this.#columns.at.length) this.#makeRoom();
    const { at, energy, own, common, drift, rhythm } = this.#columns;
    const i = this.#end++;
    at[i] = knot.atNanoseconds;
    energy[i] = knot.microjoules;
    own[i] = knot.ownNanoseconds;
    common[i] = knot.commonNanoseconds;
    drift[i] = knot.drift;
    rhythm[i] = knot.rhythm;
    this.#noteWatts(i);
    this.#sum(i);
  }

  at(index: number): bigint {
    return this.#columns.at[this.#first + index] ?? 0n;
  }

  energy(index: number): bigint {
    return this.#columns.energy[this.#first + index] ?? 0n;
  }

  timing(index: number): Timing {
    const i = this.#first + index;
    const { own, common, drift, rhythm } = this.#columns;
    return {
      ownNanoseconds: own[i] ?? 0,
      commonNanoseconds: common[i] ?? 0,
      drift: drift[i] ?? 0,
      rhythm: rhythm[i] ?? 0,
    };
  }

  /** Length of the interval from knot `index` to the next, in seconds. */
  seconds(index: number): number {
    return Number(this.at(index + 1) - this.at(index)) / 1e9;
  }

  /** Mean power of the interval from knot `index` to the next, in watts. */
  watts(index: number): number {
    return this.#columns.watts[this.#first + index + 1] ?? 0;
  }

  /** The same of the newest intervals, oldest first; good until the next knot. */
  newestWatts(count: number): Float64Array {
    return this.#columns.watts.subarray(this.#end - count, this.#end);
  }

  /** Sum over the intervals up to knot `index` of (change of power from the one before, times its length)^2, in J^2. */
  jumps(index: number): number {
    return this.#columns.jumps[this.#first + index] ?? 0;
  }

  /** The same for products of two successive changes: below 0 where power goes up and down again. */
  turns(index: number): number {
    return this.#columns.turns[this.#first + index] ?? 0;
  }

  /** The same for squares of (power times what is not known of the instant of the knot). */
  shakes(index: number): number {
    return this.#columns.shakes[this.#first + index] ?? 0;
  }

  /**
   * Highest mean power that was surely reached in a stretch of so many intervals between two knots as the rule says, in
   * watts; of the original ones, also where history was thinned. 0 when there is none.
   */
  peakWatts(from: number, to: number): number {
    const { peak } = this.#columns;
    const last = this.#first + to;
    let highest = 0;
    for (let i = this.#first + from + this.#peakRule.intervals; i <= last; i++) {
      const block = i >> BLOCK_BITS;
      const isWhole = (i & ((1 << BLOCK_BITS) - 1)) === 0 && i + (1 << BLOCK_BITS) - 1 <= last;
      highest = Math.max(highest, (isWhole ? this.#blockPeaks[block] : peak[i]) ?? 0);
      if (isWhole) i += (1 << BLOCK_BITS) - 1;
    }
    return highest;
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

  #noteWatts(i: number): void {
    const { at, energy, watts } = this.#columns;
    const seconds = Number((at[i] ?? 0n) - (at[i - 1] ?? 0n)) / 1e9;
    watts[i] = i === this.#first ? 0 : Number((energy[i] ?? 0n) - (energy[i - 1] ?? 0n)) / 1e6 / seconds;
  }

  #sum(i: number): void {
    const { jumps, turns, shakes, peak, own } = this.#columns;
    const index = i - this.#first;
    const [watts, seconds] = index > 0 ? [this.watts(index - 1), this.seconds(index - 1)] : [0, 0];
    const jump = index > 1 ? (watts - this.watts(index - 2)) * seconds : 0;
    const before = (column: Float64Array): number => (index > 0 ? (column[i - 1] ?? 0) : 0);
    const shake = ((own[i] ?? 0) / 1e9) * watts;
    jumps[i] = before(jumps) + jump ** 2;
    turns[i] = before(turns) + jump * this.#lastJump;
    // No more than the change it may explain.
    shakes[i] = before(shakes) + Math.min(shake ** 2, jump ** 2 / 4);
    peak[i] = this.#surePower(index);
    this.#lastJump = jump;
    this.#noteBlock(i);
  }

  /** Of the stretch that ends at a knot: the least energy over the longest time, for the instants are uniform in theirs. */
  #surePower(last: number): number {
    const { intervals, quantumMicrojoules, isLooseInTime } = this.#peakRule;
    const first = last - intervals;
    if (first < 0) return 0;
    const loose = this.timing(first).ownNanoseconds + this.timing(last).ownNanoseconds;
    const nanoseconds = Number(this.at(last) - this.at(first)) + (isLooseInTime ? Math.sqrt(3) * loose : 0);
    const microjoules = Number(this.energy(last) - this.energy(first)) - quantumMicrojoules;
    // Microjoules per nanosecond are kilowatts.
    return Math.max(0, (microjoules / nanoseconds) * 1e3);
  }

  #noteBlock(i: number): void {
    const block = i >> BLOCK_BITS;
    const isFirst = (i & ((1 << BLOCK_BITS) - 1)) === 0;
    const peak = this.#columns.peak[i] ?? 0;
    this.#blockPeaks[block] = isFirst ? peak : Math.max(this.#blockPeaks[block] ?? 0, peak);
  }

  #makeRoom(): void {
    const { length } = this.#columns.at;
    const capacity = this.length > length / 2 ? length * 2 : length;
    const fresh = columnsOf(capacity);
    for (const name of Object.keys(fresh) as (keyof Columns)[]) {
      const kept = this.#columns[name].subarray(this.#first, this.#end);
      (fresh[name] as { set(values: typeof kept): void }).set(kept);
    }
    this.#columns = fresh;
    this.#end -= this.#first;
    this.#first = 0;
    this.#indexPeaks(capacity);
  }

  #indexPeaks(capacity: number): void {
    this.#blockPeaks = new Float32Array((capacity >> BLOCK_BITS) + 1);
    for (let i = 0; i < this.#end; i++) this.#noteBlock(i);
  }

  #thin(): void {
    const half = this.length >> 1;
    const columns = Object.values(this.#columns) as (Record<number, unknown> & { readonly length: number })[];
    const { peak } = this.#columns;
    let write = this.#first;
    for (let read = this.#first; read < this.#end; read++) {
      const isDropped = read - this.#first < half && (read - this.#first) % 2 === 1;
      if (isDropped) peak[read + 1] = Math.max(peak[read] ?? 0, peak[read + 1] ?? 0);
      else {
        for (const column of columns) column[write] = column[read];
        write++;
      }
    }
    this.#end = write;
    for (let i = this.#first; i <= this.#first + half / 2; i++) this.#noteWatts(i);
    this.#indexPeaks(this.#columns.at.length);
  }
}
