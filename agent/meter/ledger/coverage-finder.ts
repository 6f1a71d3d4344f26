/** Finds for which share of the time a sensor looks, from how it shows the steps of the load. */

import type { SensorTraits } from '../energy-source.js';
import type { KnotStore } from './knot-store.js';
import { rangeOf } from './range-of.js';
import type { SensorCharacter } from './sensor-character.js';

/** Updates on one level before a step and after it. */
const LEVEL = 3;
/** A level is steady, and a value lies on it, within this share of the step. */
const TOLERANCE = 0.1;
/** Steps below this share of the higher level, or below so many watts, may be noise. */
const SMALLEST_STEP_SHARE = 0.1;
const SMALLEST_STEP_WATTS = 5;
/** A step falls into the middle of an update's interval, away from both ends, in this share of cases. */
const VISIBLE = 1 - 2 * TOLERANCE;
/** What is assumed of a sensor weighs as much as so many steps. */
const PRIOR_STEPS = 8;
/** Fewer steps tell nothing. */
const FEWEST_STEPS = 10;
/** Standard deviations by which the steps must differ from full coverage before it is given up. */
const CONTRADICTION = 2.6;
const LEAST_SHARE = 0.02;

/**
 * When power steps from one steady level to another, a sensor that looks all the time shows one value between the
 * levels (unless the step fell close to an update); one that looks for a share of the time shows such a value only in
 * that share of the steps. The count of both gives a posterior of the beta kind for the share, from what is assumed of
 * the product. Loads that rise slowly make the share look larger, never smaller.
 */
export class CoverageFinder {
  readonly #assumed: SensorTraits['coverage'];
  #seen: number;
  #between: number;

  constructor(assumed: SensorTraits['coverage'], steps: SensorCharacter['steps'] = { seen: 0, between: 0 }) {
    this.#assumed = assumed;
    this.#seen = steps.seen;
    this.#between = steps.between;
  }

  get steps(): SensorCharacter['steps'] {
    return { seen: this.#seen, between: this.#between };
  }

  /** Share of the time at which the sensor looks, in (0, 1]. */
  get share(): number {
    const { share } = this.#assumed;
    if (this.#seen < FEWEST_STEPS || (share === 1 && !this.#contradicts())) return share;
    const between = this.#between + VISIBLE * share * PRIOR_STEPS;
    return Math.min(1, Math.max(LEAST_SHARE, between / (this.#seen + PRIOR_STEPS) / VISIBLE));
  }

  /** What the share rests on, in words. */
  get basis(): string {
    const { basis, share } = this.#assumed;
    if (this.#seen === 0) return `${basis}; no step of the load was seen yet to check it`;
    if (this.#seen < FEWEST_STEPS) return `${basis}; ${this.#seen} load steps seen so far are too few to check it`;
    if (share === 1 && !this.#contradicts()) return `${basis}; ${this.#seen} load steps agree`;
    return `found from ${this.#seen} load steps, ${this.#between} of them with a value between both levels`;
  }

  /** Looks at the newest updates, which come every `periodNanoseconds`. */
  observe(knots: KnotStore, periodNanoseconds: number): void {
    const count = 2 * LEVEL + 1;
    const first = knots.length - 1 - count;
    if (first < 0) return;
    if (rangeOf(knots.newestWatts(count)) < SMALLEST_STEP_WATTS) return;
    const watts: number[] = [];
    for (let i = first; i < first + count; i++) {
      if (Math.abs((knots.seconds(i) * 1e9) / periodNanoseconds - 1) > 0.2) return;
      watts.push(knots.watts(i));
    }
    const place = placeOfMiddle(watts);
    if (place === undefined) return;
    this.#seen++;
    if (place < 1 - TOLERANCE) this.#between++;
  }

  #contradicts(): boolean {
    const expected = VISIBLE * this.#assumed.share;
    const deviation = Math.sqrt(this.#seen * expected * (1 - expected));
    return expected * this.#seen - this.#between > CONTRADICTION * deviation;
  }
}

/** Where between two levels the middle value lies, 0 to 1; `undefined` when these are no levels, or it is still on the first. */
function placeOfMiddle(watts: readonly number[]): number | undefined {
  const before = watts.slice(0, LEVEL);
  const after = watts.slice(LEVEL + 1);
  const step = mean(after) - mean(before);
  const size = Math.abs(step);
  if (size < SMALLEST_STEP_WATTS || size < SMALLEST_STEP_SHARE * Math.max(...watts)) return undefined;
  if (Math.max(rangeOf(before), rangeOf(after)) > TOLERANCE * size) return undefined;
  const place = ((watts[LEVEL] ?? NaN) - mean(before)) / step;
  return place > TOLERANCE && place < 1 + TOLERANCE ? place : undefined;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
