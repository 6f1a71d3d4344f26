/** What a process would have predicted for each of its observations from all the others. */

import { inverseFromCholesky } from '../linalg/cholesky.js';
import type { GaussianProcess } from './gaussian-process.js';

/** One entry per observation, all in the unit of the training set's `y`. */
export interface LeaveOneOut {
  readonly means: Float64Array;
  /** Of a new observation there, noise included. */
  readonly variances: Float64Array;
  /** (observed - predicted) / deviation. */
  readonly residuals: Float64Array;
}

/**
 * Predicts each observation from the others, with hyperparameters held and the constant mean fitted to those others.
 *
 * With P = K^-1 - K^-1 1 1ᵀ K^-1 / 1ᵀ K^-1 1, the residual of observation i is (P y)_i / P_ii and its variance 1 / P_ii.
 * A single observation has nothing to be predicted from: its variance is Infinity and its residual 0.
 *
 * Cost: 2n³/3 operations. Source: Dubrule (1983), "Cross validation of kriging in a unique neighborhood", Math. Geol. 15.
 */
export function leaveOneOut({ L, alpha, set: { y } }: GaussianProcess): LeaveOneOut {
  const n = y.length;
  if (n === 1) {
    return { means: y.slice(), variances: Float64Array.of(Infinity), residuals: Float64Array.of(0) };
  }
  const inverse = inverseFromCholesky(L, n);
  const sums = Float64Array.from({ length: n }, (_, i) =>
    inverse.subarray(i * n, i * n + n).reduce((sum, value) => sum + value, 0),
  );
  const total = sums.reduce((sum, value) => sum + value, 0);
  const variances = sums.map((sum, i) => 1 / (inverse[i * n + i]! - (sum * sum) / total));
  return {
    means: y.map((value, i) => value - alpha[i]! * variances[i]!),
    variances,
    residuals: alpha.map((value, i) => value * Math.sqrt(variances[i]!)),
  };
}
