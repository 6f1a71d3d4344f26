/** Turns readings of power into energy, piece by piece and in integers. */

import { EXACT, type Knot } from './knot-store.js';
import type { TickClock } from './tick-clock.js';

/** A new knot: `microjoules` is what was spent since the one before. */
export type PowerKnot = Knot;

/** Twice microwatts times nanoseconds, in one microjoule. */
const DIVISOR = 2_000_000_000n;
/** Without any knowledge of its period, power that does not change is taken to have been updated this often. */
const USUAL_HOLD_NANOSECONDS = 100_000_000;
/** After so many periods without a change the value has come again. */
const HOLD_PERIODS = 2.5;

/** Adds up energy in halves of a microwatt nanosecond; what does not make up a microjoule waits for the next knot. */
class Purse {
  #halves = 0n;

  put(halves: bigint): void {
    this.#halves += halves;
  }

  take(): bigint {
    const microjoules = this.#halves / DIVISOR;
    this.#halves %= DIVISOR;
    return microjoules;
  }
}

/** Power that is new at each look: straight lines from look to look, each in the middle of its averaging window. */
export class SampledPower {
  readonly #purse = new Purse();
  readonly #shift: bigint;
  #microwatts = 0n;

  constructor({ averagingNanoseconds }: { readonly averagingNanoseconds: bigint }) {
    this.#shift = averagingNanoseconds / 2n;
  }

  /** Takes the look at `at`; `from` is the one before, `undefined` for the first. */
  add(from: bigint | undefined, at: bigint, microwatts: bigint): PowerKnot {
    if (from !== undefined) this.#purse.put((this.#microwatts + microwatts) * (at - from));
    this.#microwatts = microwatts;
    return { ...EXACT, atNanoseconds: at - this.#shift, microjoules: this.#purse.take() };
  }
}

/**
 * Power that stands still between the sensor's updates: each value holds for one period, so that a value which is the
 * mean over just that period (fields 186 of many cards) is integrated as exactly as a counter.
 *
 * A value that is the mean over another length A stands for one period T around the middle of that length: the energy
 * up to (T - A) / 2 after the update is known then. A value that comes again is no change, so power that does not change
 * is charged once it is old enough to have come again.
 */
export class LatchedPower {
  readonly #purse = new Purse();
  readonly #ticks: TickClock;
  readonly #averaging: number;
  #microwatts = 0n;
  /** Up to here energy was charged, on the sensor's own time. */
  #charged: bigint | undefined;

  constructor(ticks: TickClock, averagingNanoseconds: bigint) {
    this.#ticks = ticks;
    this.#averaging = Number(averagingNanoseconds);
  }

  add(from: bigint | undefined, at: bigint, microwatts: bigint): PowerKnot | undefined {
    if (from === undefined || this.#charged === undefined) return this.#begin(at, microwatts);
    if (microwatts === this.#microwatts) return this.#hold(this.#charged, at);
    const placed = this.#ticks.place(from, at);
    if (placed === undefined) return undefined;
    const until = placed.atNanoseconds > this.#charged ? placed.atNanoseconds : this.#charged;
    const elapsed = until - this.#charged;
    const period = BigInt(Math.round(this.#period()));
    const fresh = elapsed < period ? elapsed : period;
    this.#purse.put(2n * (this.#microwatts * (elapsed - fresh) + microwatts * fresh));
    this.#charged = until;
    this.#microwatts = microwatts;
    return { ...placed, ...this.#knot(until, placed) };
  }

  /** The first look tells no update, but it tells the power from then on, also where a value stands for a later time. */
  #begin(at: bigint, microwatts: bigint): PowerKnot {
    this.#charged = at;
    this.#microwatts = microwatts;
    const knot = this.#knot(at);
    if (knot.atNanoseconds <= at) return knot;
    this.#purse.put(2n * microwatts * (knot.atNanoseconds - at));
    return { ...knot, atNanoseconds: at };
  }

  #hold(charged: bigint, at: bigint): PowerKnot | undefined {
    const period = this.#period();
    if (Number(at - charged) < HOLD_PERIODS * period) return undefined;
    const settled = at - BigInt(Math.round(period));
    this.#purse.put(2n * this.#microwatts * (settled - charged));
    this.#charged = settled;
    return this.#knot(settled);
  }

  #knot(at: bigint, timing = EXACT): PowerKnot {
    const shift = BigInt(Math.round((this.#period() - this.#averaging) / 2));
    return { ...timing, atNanoseconds: at + shift, microjoules: this.#purse.take() };
  }

  #period(): number {
    return this.#ticks.longestNanoseconds ?? USUAL_HOLD_NANOSECONDS;
  }
}
