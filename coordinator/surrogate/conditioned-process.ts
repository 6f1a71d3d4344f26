/**
 * Joint posterior draws of a process at a few baseline points, and its prediction elsewhere given each draw.
 *
 * `n` training points, `b` baseline points, `S` draws, `d` features. Given draw s, the value at a new point is normal
 * with a mean of its own and a variance that all draws share:
 *
 *   mean_s(x) = m(x) + rᵀ z_s,   variance(x) = v(x) - rᵀ r,   r = L^-1 c(x)
 *
 * where m, v, c are the posterior mean, variance and covariance with the baseline, L is the Cholesky factor of the
 * baseline's posterior covariance, and z_s are the standard normal numbers behind the draw.
 *
 * Source: the cached root of Daulton, Balandat & Bakshy (2021), arXiv 2105.08195.
 */

import { choleskyWithJitter, solveLower, solveLowerTransposed } from '../linalg/cholesky.js';
import { dot } from '../linalg/vector.js';
import { addCovarianceSlope, covariancesWith, priorVariance } from './covariances.js';
import { predict, type GaussianProcess, type Prediction } from './gaussian-process.js';

/** Share of the prior variance that is added to the baseline's covariance, and below which a variance is rounding. */
const LEAST_VARIANCE = 1e-9;

export interface ConditionedProcess {
  readonly process: GaussianProcess;
  /** b x d. */
  readonly baseline: Float64Array;
  /** S x b standard normal numbers. */
  readonly normals: Float64Array;
  /** S x b draws of the posterior at the baseline. */
  readonly draws: Float64Array;
  readonly root: Float64Array;
  /** Row j is L^-1 k(X, baseline_j), with the process's own L: b x n. */
  readonly explained: Float64Array;
}

/** Prediction at one point given each draw. */
export interface ConditionalPrediction extends Prediction {
  /** Length S. */
  readonly means: Float64Array;
  /** The variance that all draws share. */
  readonly conditionalVariance: number;
  /** r of the legend, length b. */
  readonly loading: Float64Array;
  readonly baselineSlopes: Float64Array;
}

/**
 * Draws the process at the baseline.
 *
 * @param normals - S x b standard normal numbers; b may be 0, S may not.
 */
export function conditionOnBaseline(
  process: GaussianProcess,
  baseline: Float64Array,
  normals: Float64Array,
): ConditionedProcess {
  const d = process.kinds.length;
  const b = baseline.length / d;
  const predictions = Array.from({ length: b }, (_, j) => predict(process, baseline.subarray(j * d, j * d + d)));
  const explained = Float64Array.from(predictions.flatMap((prediction) => Array.from(prediction.explained)));
  const root = choleskyWithJitter(posteriorCovariance(process, baseline, explained), b, priorVariance(process));
  const draws = new Float64Array(normals.length);
  for (let start = 0; b > 0 && start < normals.length; start += b) {
    for (let j = 0; j < b; j++) {
      let value = predictions[j]!.mean;
      for (let k = 0; k <= j; k++) value += root[j * b + k]! * normals[start + k]!;
      draws[start + j] = value;
    }
  }
  return { process, baseline, normals, draws, root, explained };
}

function posteriorCovariance(process: GaussianProcess, baseline: Float64Array, explained: Float64Array): Float64Array {
  const d = process.kinds.length;
  const n = process.alpha.length;
  const b = baseline.length / d;
  const least = LEAST_VARIANCE * priorVariance(process);
  const covariance = new Float64Array(b * b);
  for (let i = 0; i < b; i++) {
    const { values } = covariancesWith(process, baseline.subarray(i * d, i * d + d), baseline);
    for (let j = 0; j <= i; j++) {
      const left = values[j]! - dot(explained, i * n, explained, j * n, n);
      covariance[i * b + j] = i === j ? Math.max(left, 0) + least : left;
    }
  }
  return covariance;
}

/** The prediction at `x` given each of `count` draws. Cost: n²/2 + nb + b²/2 + Sb operations. */
export function predictGivenDraws(
  conditioned: ConditionedProcess,
  x: Float64Array,
  count: number,
): ConditionalPrediction {
  const { process, baseline, explained, root, normals } = conditioned;
  const prediction = predict(process, x);
  const { values: loading, slopes: baselineSlopes } = covariancesWith(process, x, baseline);
  const b = loading.length;
  const n = prediction.explained.length;
  for (let j = 0; j < b; j++) loading[j]! -= dot(prediction.explained, 0, explained, j * n, n);
  solveLower(root, b, loading);
  const least = LEAST_VARIANCE * priorVariance(process);
  const conditionalVariance = Math.max(prediction.variance - dot(loading, 0, loading, 0, b), least);
  const means = new Float64Array(count);
  for (let s = 0; s < count; s++) means[s] = prediction.mean + dot(loading, 0, normals, s * b, b);
  return { ...prediction, means, conditionalVariance, loading, baselineSlopes };
}

/** How a function of a conditional prediction changes with each draw's mean and with the shared variance. */
export interface ConditionalSlope {
  readonly means: Float64Array;
  readonly variance: number;
}

/** The slope in the coordinates of a function that depends on them through its conditional prediction. */
export function conditionalSlope(
  conditioned: ConditionedProcess,
  prediction: ConditionalPrediction,
  slope: ConditionalSlope,
): Float64Array {
  const { process, baseline, explained, root, normals } = conditioned;
  const { x, slopes, loading, baselineSlopes } = prediction;
  const b = loading.length;
  const n = prediction.explained.length;
  const onBaseline = loading.map((value) => -2 * slope.variance * value);
  let total = 0;
  for (let s = 0; s < slope.means.length; s++) {
    total += slope.means[s]!;
    for (let j = 0; j < b; j++) onBaseline[j]! += slope.means[s]! * normals[s * b + j]!;
  }
  solveLowerTransposed(root, b, onBaseline);
  const onTraining = prediction.explained.map((value) => -2 * slope.variance * value);
  for (let j = 0; j < b; j++) {
    for (let i = 0; i < n; i++) onTraining[i]! -= onBaseline[j]! * explained[j * n + i]!;
  }
  solveLowerTransposed(process.L, n, onTraining);
  for (let i = 0; i < n; i++) onTraining[i]! += total * process.alpha[i]!;
  const gradient = new Float64Array(x.length);
  addCovarianceSlope(process, { x, others: process.set.X, slopes, weights: onTraining }, gradient);
  addCovarianceSlope(process, { x, others: baseline, slopes: baselineSlopes, weights: onBaseline }, gradient);
  return gradient;
}
