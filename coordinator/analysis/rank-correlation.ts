/** Rank correlations with ties, of data and of their resamples: Spearman's rho and Kendall's tau-b. */

import { ShapeError } from '../../shared/domain/errors.js';
import type { Estimate, Interval, Statistic } from './bootstrap.js';

/** Both correlations as statistics of samples; each is `NaN` when all of `x` or all of `y` in the sample are equal. */
export interface RankCorrelations {
  /** Pearson's correlation of mid-ranks, in [-1, 1]. O(n). */
  readonly spearman: Statistic;
  /**
   * Tau-b, in [-1, 1]. O(n log n).
   *
   * Source: Knight (1966), "A Computer Method for Calculating Kendall's Tau with Ungrouped Data", JASA 61:436-439.
   */
  readonly kendall: Statistic;
}

/**
 * Ranks the data once; the statistics work in buffers of their own, so that thousands of resamples cost no memory.
 *
 * @throws {ShapeError} if lengths differ or are below 2.
 */
export function rankCorrelations(x: Float64Array, y: Float64Array): RankCorrelations {
  if (x.length !== y.length || x.length < 2) {
    throw new ShapeError('a rank correlation needs two equally long columns of two values or more', {
      x: x.length,
      y: y.length,
    });
  }
  const [ranksX, ranksY] = [denseRanks(x), denseRanks(y)];
  return { spearman: spearmanOf(ranksX, ranksY), kendall: kendallOf(ranksX, ranksY) };
}

/** A rank correlation with what the data can say about it. */
export interface RankEstimate {
  readonly value: number;
  /** Absent when the order is perfect: every resample of it is perfect too, which tells nothing about other data. */
  readonly interval?: Interval;
}

/** Leaves out an interval that has no width. */
export const rankEstimate = ({ value, interval }: Estimate): RankEstimate =>
  interval.high - interval.low > 1e-9 ? { value, interval } : { value };

/** Place of each value among the distinct values, counting from 0; equal values share one. */
function denseRanks(values: Float64Array): Int32Array {
  const places = new Map([...new Set(values)].sort((a, b) => a - b).map((value, place) => [value, place]));
  return Int32Array.from(values, (value) => places.get(value)!);
}

function spearmanOf(ranksX: Int32Array, ranksY: Int32Array): Statistic {
  const [middlesX, middlesY] = [midRanksOf(ranksX), midRanksOf(ranksY)];
  return (sample) => {
    const [midX, midY] = [middlesX(sample), middlesY(sample)];
    const centre = (sample.length - 1) / 2;
    let [xx, yy, xy] = [0, 0, 0];
    for (const i of sample) {
      const dx = midX[ranksX[i]!]! - centre;
      const dy = midY[ranksY[i]!]! - centre;
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
    return xy / Math.sqrt(xx * yy);
  };
}

/** Mean place in sorted order of each dense rank within a sample, by counting. */
function midRanksOf(ranks: Int32Array): (sample: Int32Array) => Float64Array {
  const distinct = distinctRanks(ranks);
  const counts = new Int32Array(distinct);
  const middles = new Float64Array(distinct);
  return (sample) => {
    counts.fill(0);
    for (const i of sample) counts[ranks[i]!]!++;
    let below = 0;
    for (let rank = 0; rank < distinct; rank++) {
      middles[rank] = below + (counts[rank]! - 1) / 2;
      below += counts[rank]!;
    }
    return middles;
  };
}

const distinctRanks = (ranks: Int32Array): number => ranks.reduce((most, rank) => Math.max(most, rank), 0) + 1;

function kendallOf(ranksX: Int32Array, ranksY: Int32Array): Statistic {
  const n = ranksX.length;
  const width = distinctRanks(ranksY);
  const [keys, sorted, buffer] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  return (sample) => {
    for (let k = 0; k < n; k++) keys[k] = ranksX[sample[k]!]! * width + ranksY[sample[k]!]!;
    keys.sort();
    for (let k = 0; k < n; k++) sorted[k] = keys[k]! % width;
    const tiedX = tiedPairs(n, (k) => Math.floor(keys[k]! / width) === Math.floor(keys[k - 1]! / width));
    const tiedBoth = tiedPairs(n, (k) => keys[k] === keys[k - 1]);
    const swaps = sortCountingSwaps(sorted, buffer);
    const tiedY = tiedPairs(n, (k) => sorted[k] === sorted[k - 1]);
    const pairs = (n * (n - 1)) / 2;
    const concordantMinusDiscordant = pairs - tiedX - tiedY + tiedBoth - 2 * swaps;
    return concordantMinusDiscordant / Math.sqrt((pairs - tiedX) * (pairs - tiedY));
  };
}

/** Pairs within runs of ties in a sorted sequence; `tied(k)` says whether element k equals element k - 1. */
function tiedPairs(n: number, tied: (k: number) => boolean): number {
  let [pairs, run] = [0, 1];
  for (let k = 1; k < n; k++) {
    run = tied(k) ? run + 1 : 1;
    pairs += run - 1;
  }
  return pairs;
}

/** Sorts in place by merging and counts the exchanges of neighbours that it takes. */
function sortCountingSwaps(values: Float64Array, buffer: Float64Array): number {
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
  for (let k = start; k < end; k++) values[k] = buffer[k]!;
  return swaps;
}
