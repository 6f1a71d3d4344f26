/** Covariances of one point with many, and how they change as the point moves. */

import { halfSlope, squaredDifference } from './features.js';
import { shapeOf, type Hyperparameters } from './kernel.js';
import type { FeatureKind } from './features.js';

/** The covariance function of a fitted process among points of the task where it predicts. */
export interface CovarianceFunction {
  readonly kinds: readonly FeatureKind[];
  readonly hyperparameters: Hyperparameters;
}

export interface Covariances {
  readonly values: Float64Array;
  /** s² times the Matern slope for each, from which {@link addCovarianceSlope} works. */
  readonly slopes: Float64Array;
}

/** Variance of a single value before any observation. */
export const priorVariance = ({ hyperparameters: { scale, offset } }: CovarianceFunction): number => scale + offset;

/** What the function and the offset of each of many rows have in common with those of the predicted task. */
export interface RowCovariances {
  readonly scales: Float64Array;
  readonly offsets: Float64Array;
}

/**
 * Covariances of `x` with the rows of `others`.
 *
 * @param rows - absent: all rows are of the same task as `x`.
 */
export function covariancesWith(
  { kinds, hyperparameters }: CovarianceFunction,
  x: Float64Array,
  others: Float64Array,
  rows?: RowCovariances,
): Covariances {
  const { lengthscales, smoothness } = hyperparameters;
  const shape = shapeOf(smoothness);
  const d = kinds.length;
  const n = others.length / d;
  const values = new Float64Array(n);
  const slopes = new Float64Array(n);
  const inverseSquares = lengthscales.map((value) => 1 / (value * value));
  for (let i = 0; i < n; i++) {
    let r2 = 0;
    for (let c = 0; c < d; c++) {
      r2 += squaredDifference(kinds[c]!, x[c]!, others[i * d + c]!) * inverseSquares[c]!;
    }
    const scale = rows ? rows.scales[i]! : hyperparameters.scale;
    values[i] = scale * shape.value(r2) + (rows ? rows.offsets[i]! : hyperparameters.offset);
    slopes[i] = scale * shape.slope(r2);
  }
  return { values, slopes };
}

/** A weighted sum of covariances with the rows of `others`. */
export interface WeightedCovariances {
  readonly x: Float64Array;
  readonly others: Float64Array;
  readonly slopes: Float64Array;
  readonly weights: Float64Array;
}

/** Adds the slope in `x` of Σ_i weight_i k(x, other_i) to `gradient`. */
export function addCovarianceSlope(
  { kinds, hyperparameters: { lengthscales } }: CovarianceFunction,
  { x, others, slopes, weights }: WeightedCovariances,
  gradient: Float64Array,
): void {
  const d = kinds.length;
  const inverseSquares = lengthscales.map((value) => 1 / (value * value));
  for (let i = 0; i < weights.length; i++) {
    const factor = weights[i]! * slopes[i]!;
    for (let c = 0; c < d; c++) {
      gradient[c]! -= factor * halfSlope(kinds[c]!, x[c]!, others[i * d + c]!) * inverseSquares[c]!;
    }
  }
}
