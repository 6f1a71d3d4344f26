/** How well the energy per item is known from repeats of one window, and when to look whether that is well enough. */

import { studentQuantile } from './student-t.js';

/** One repeat: energy in joules and how many items it was spent on. */
export interface Repeat {
  readonly joules: number;
  /** Above 0; repeats that count nothing alike have 1 each. */
  readonly items: number;
}

/** Of total joules over total items. The gain of the sensor is common to all repeats and no part of this. */
export interface RepeatInterval {
  readonly count: number;
  /** Joules per item. */
  readonly mean: number;
  /** Standard uncertainty of the mean, in joules per item. */
  readonly standard: number;
  /** Half the width of the 95 % interval, relative to the mean. */
  readonly relativeHalfWidth: number;
}

/** Fewer repeats are too few to stop by: their spread is a matter of luck. */
export const FIRST_LOOK = 8;
const LOOK_GROWTH = 1.5;
const FEWEST_BATCHES = 4;

/**
 * The number of repeats at which to look next: 8, 12, 18, 27, 41, 62, …
 *
 * Fixed in advance and growing geometrically: who looks after every repeat stops at the first lucky one.
 */
export function nextLook(repeats: number): number {
  let look = FIRST_LOOK;
  while (look <= repeats) look = Math.round(LOOK_GROWTH * look);
  return look;
}

/**
 * The interval by batch means; `undefined` for fewer than 2 repeats, or when the mean is not above 0.
 *
 * Neighbouring repeats are put into ever fewer batches, down to 4 or the root of their number, and the widest interval
 * counts: batches of one know nothing of slow drift or correlation, few
 * alone are often too narrow by chance. The t quantile is the 97.5th percentile for fewer repeats than the first look
 * takes, and the 99th from there on. So simulated, 93 % or more of the intervals hold the
 * truth for independent and correlated repeats, warm-up drift up to its end, and part-time sensors with phase shifts.
 *
 * Source: batch means and sequential stopping in Law, "Simulation Modeling and Analysis", chapter 9.
 */
export function repeatInterval(repeats: readonly Repeat[]): RepeatInterval | undefined {
  const count = repeats.length;
  const items = sum(repeats.map((repeat) => repeat.items));
  const mean = sum(repeats.map(({ joules }) => joules)) / items;
  if (count < 2 || !(mean > 0)) return undefined;
  let standard = 0;
  let halfWidth = 0;
  for (const batches of batchCounts(count)) {
    const error = standardError(repeats, { mean, items, batches });
    standard = Math.max(standard, error);
    halfWidth = Math.max(halfWidth, quantileOf(count < FIRST_LOOK ? UNLOOKED : LOOKED, batches - 1) * error);
  }
  return { count, mean, standard, relativeHalfWidth: halfWidth / mean };
}

/** As many batches as repeats, then half as many and so on, and at last the root of their number. */
function batchCounts(count: number): readonly number[] {
  const fewest = Math.max(FEWEST_BATCHES, Math.round(Math.sqrt(count)));
  const counts = [count];
  for (let half = Math.floor(count / 2); half > fewest; half = Math.floor(half / 2)) counts.push(half);
  return count >= 2 * fewest ? [...counts, fewest] : counts;
}

interface Batching {
  readonly mean: number;
  /** Of all repeats. */
  readonly items: number;
  readonly batches: number;
}

/** Standard error of the mean from what batches of neighbours deviate; sizes differ by at most one repeat. */
function standardError(repeats: readonly Repeat[], { mean, items, batches }: Batching): number {
  const deviations = new Float64Array(batches);
  repeats.forEach((repeat, i) => {
    const batch = Math.floor((i * batches) / repeats.length);
    deviations[batch] = (deviations[batch] ?? 0) + repeat.joules - mean * repeat.items;
  });
  const squares = sum(Array.from(deviations, (deviation) => deviation * deviation));
  return Math.sqrt((batches * squares) / (batches - 1)) / items;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface Quantiles {
  readonly percentile: number;
  /** Those asked for before, by degrees of freedom: each takes some hundred steps to find. */
  readonly known: Map<number, number>;
}

/** Two-sided 95 %. */
const UNLOOKED: Quantiles = { percentile: 0.975, known: new Map() };
/** Two-sided 98 %, to pay for stopping at a look that happens to please. */
const LOOKED: Quantiles = { percentile: 0.99, known: new Map() };

function quantileOf({ percentile, known }: Quantiles, freedom: number): number {
  const quantile = known.get(freedom) ?? studentQuantile(percentile, freedom);
  known.set(freedom, quantile);
  return quantile;
}
