/** Bootstrap intervals over configurations: seeded, and widened for small samples. */

import { DomainError } from '../../shared/domain/errors.js';
import type { Random } from '../../shared/runtime/random.js';
import { cumulative } from '../linalg/normal-distribution.js';
import { studentQuantile } from '../../shared/domain/student-t.js';

/** Confidence level of every interval in this folder. */
const LEVEL = 0.95;

/** Two-sided normal quantile of {@link LEVEL}. */
export const Z_LEVEL = 1.959963984540054;

/** Values drawn in one bootstrap, so that large campaigns stay quick and small ones precise. */
const DRAWN_VALUES = 200_000;
const FEWEST_RESAMPLES = 1_000;
const MOST_RESAMPLES = 4_000;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A number with its bootstrap interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval;
}

/** A statistic of a (re)sample, given by indices into the data; repeated indices are repeated data. */
export type Statistic = (sample: Int32Array) => number;

/**
 * Each statistic on the data themselves with its interval at {@link LEVEL}, all from the same resamples.
 *
 * Percentile intervals with levels expanded for small samples: the plain percentile interval of a mean is too narrow by
 * the factor z sqrt((n - 1) / n) / t. Resamples on which a statistic is undefined (all drawn alike) do not count.
 * Source: Hesterberg (2015), "What Teachers Should Know About the Bootstrap", section 3.2.
 *
 * @param n - size of the data, >= 2.
 * @throws {DomainError} when `n` is below 2.
 */
export function bootstrap(n: number, statistics: readonly Statistic[], random: Random): Estimate[] {
  if (n < 2) throw new DomainError('a bootstrap needs two data or more', { n });
  const resamples = Math.min(MOST_RESAMPLES, Math.max(FEWEST_RESAMPLES, Math.round(DRAWN_VALUES / n)));
  const drawn = statistics.map(() => new Float64Array(resamples));
  const sample = new Int32Array(n);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < n; i++) sample[i] = random.integer(n);
    statistics.forEach((statistic, s) => (drawn[s]![r] = statistic(sample)));
  }
  const everything = Int32Array.from({ length: n }, (_, i) => i);
  const tail = expandedTail(n);
  return statistics.map((statistic, s) => {
    const sorted = drawn[s]!.filter(Number.isFinite).sort();
    return {
      value: statistic(everything),
      interval: { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) },
    };
  });
}

/** Probability cut off at each end so that the interval of a mean of `n` data covers at {@link LEVEL}. */
export function expandedTail(n: number): number {
  return cumulative(-Math.sqrt(n / (n - 1)) * studentQuantile((1 + LEVEL) / 2, n - 1));
}

/** Linear interpolation between order statistics; `NaN` for no data. Source: Hyndman & Fan (1996), definition 7. */
export function quantile(sorted: Float64Array, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
