/** Rank correlations with ties: Spearman's rho and Kendall's tau-b. */

import { ShapeError } from '../../shared/domain/errors.js';

/**
 * Spearman's rho: Pearson's correlation of mid-ranks, in [-1, 1].
 *
 * @returns `NaN` when all values of `x` or of `y` are equal: there is no order to compare.
 * @throws {ShapeError} if lengths differ or are below 2.
 */
export function spearman(x: Float64Array, y: Float64Array): number {
  checkShapes(x, y);
  return pearson(midRanks(x), midRanks(y));
}

/**
 * Kendall's tau-b, in [-1, 1], in O(n log n).
 *
 * @returns `NaN` when all values of `x` or of `y` are equal.
 * @throws {ShapeError} if lengths differ or are below 2.
 *
 * Source: Knight (1966), "A Computer Method for Calculating Kendall's Tau with Ungrouped Data", JASA 61:436-439.
 */
export function kendall(x: Float64Array, y: Float64Array): number {
  checkShapes(x, y);
  const n = x.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => x[a]! - x[b]! || y[a]! - y[b]!);
  const byX = Float64Array.from(order, (i) => x[i]!);
  const byXThenY = Float64Array.from(order, (i) => y[i]!);
  const tiedX = tiedPairs(byX.length, (i) => byX[i] === byX[i - 1]);
  const tiedBoth = tiedPairs(n, (i) => byX[i] === byX[i - 1] && byXThenY[i] === byXThenY[i - 1]);
  const swaps = sortCountingSwaps(byXThenY);
  const tiedY = tiedPairs(n, (i) => byXThenY[i] === byXThenY[i - 1]);
  const pairs = (n * (n - 1)) / 2;
  const concordantMinusDiscordant = pairs - tiedX - tiedY + tiedBoth - 2 * swaps;
  return concordantMinusDiscordant / Math.sqrt((pairs - tiedX) * (pairs - tiedY));
}

function checkShapes(x: Float64Array, y: Float64Array): void {
  if (x.length !== y.length || x.length < 2) {
    throw new ShapeError('a rank correlation needs two equally long columns of two values or more', {
      x: x.length,
      y: y.length,
    });
  }
}

function midRanks(values: Float64Array): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let k = start; k < end; k++) ranks[order[k]!] = (start + end - 1) / 2;
    start = end;
  }
  return ranks;
}

function pearson(x: Float64Array, y: Float64Array): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pairs within runs of ties in a sorted sequence; `tied(i)` says whether element i equals element i - 1. */
function tiedPairs(n: number, tied: (i: number) => boolean): number {
  let [pairs, run] = [0, 1];
  for (let i = 1; i < n; i++) {
    run = tied(i) ? run + 1 : 1;
    pairs += run - 1;
  }
  return pairs;
}

/** Sorts in place by merging and counts the exchanges of neighbours that it takes. */
function sortCountingSwaps(values: Float64Array): number {
  const buffer = new Float64Array(values.length);
  let swaps = 0;
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start + width < values.length; start += 2 * width) {
      swaps += merge(values, buffer, { start, middle: start + width, end: Math.min(start + 2 * width, values.length) });
    }
  }
  return swaps;
}

interface Runs {
  readonly start: number;
  readonly middle: number;
  readonly end: number;
}

function merge(values: Float64Array, buffer: Float64Array, { start, middle, end }: Runs): number {
  let [left, right, swaps] = [start, middle, 0];
  for (let k = start; k < end; k++) {
    const takeRight = right < end && (left >= middle || values[right]! < values[left]!);
    if (takeRight) swaps += middle - left;
    buffer[k] = takeRight ? values[right++]! : values[left++]!;
  }
  values.set(buffer.subarray(start, end), start);
  return swaps;
}
