/**
 * The posterior density of a Gaussian process's hyperparameters, with its gradient.
 *
 * `n` points, `d` features, `K` n x n covariance, `L` its Cholesky factor, `alpha` = K^-1 (y - mean). Hyperparameters
 * travel as `theta` = (log ℓ_1 .. log ℓ_d, log s², log noise, log v).
 */

import {
  factorise,
  inverseFromCholesky,
  logDeterminant,
  solveLower,
  solveLowerTransposed,
} from '../linalg/cholesky.js';
import { matern, maternSlope, type Hyperparameters } from './kernel.js';
import { logPrior } from './priors.js';
import { pairDifferences, type TrainingSet } from './training-set.js';

/** The training set with what stays the same for all hyperparameters. */
export interface PreparedSet {
  readonly set: TrainingSet;
  readonly pairs: Float64Array;
  readonly hasOffsets: boolean;
}

/** Everything that the posterior needs besides the data. */
export interface Factorisation {
  readonly L: Float64Array;
  readonly alpha: Float64Array;
  /** Constant mean, by generalised least squares. */
  readonly mean: number;
}

export function prepare(set: TrainingSet): PreparedSet {
  return { set, pairs: pairDifferences(set.X, set.kinds), hasOffsets: set.task.some((task) => task !== set.task[0]) };
}

export function hyperparametersOf(theta: Float64Array, d: number): Hyperparameters {
  return {
    lengthscales: theta.slice(0, d).map(Math.exp),
    scale: Math.exp(theta[d]!),
    noise: Math.exp(theta[d + 1]!),
    offset: theta.length > d + 2 ? Math.exp(theta[d + 2]!) : 0,
  };
}

/**
 * Minus the log posterior density of `theta`, up to a constant; its gradient is written to `gradient`.
 *
 * Infinity where the covariance is not positive definite. Cost: about 4n³/3 + n²d operations.
 * Source: Rasmussen & Williams (2006), "Gaussian Processes for Machine Learning", equations 5.8 and 5.9.
 */
export function negativeLogPosterior(prepared: PreparedSet, theta: Float64Array, gradient: Float64Array): number {
  const { set } = prepared;
  const n = set.y.length;
  const parameters = hyperparametersOf(theta, set.kinds.length);
  const factors = factoriseCovariance(prepared, parameters);
  if (!factors) {
    gradient.fill(0);
    return Infinity;
  }
  likelihoodGradient(prepared, parameters, factors, gradient);
  let fit = 0;
  for (let i = 0; i < n; i++) fit += (set.y[i]! - factors.mean) * factors.alpha[i]!;
  return 0.5 * fit + 0.5 * logDeterminant(factors.L, n) - logPrior(theta, set.kinds.length, gradient);
}

/** Factors of the covariance of all observations, or `undefined` where it is not positive definite. */
export function factoriseCovariance(prepared: PreparedSet, parameters: Hyperparameters): Factorisation | undefined {
  const { y } = prepared.set;
  const n = y.length;
  const L = covariance(prepared, parameters);
  if (!factorise(L, n)) return undefined;
  const weights = solve(L, new Float64Array(n).fill(1));
  let weightSum = 0;
  let weighted = 0;
  for (let i = 0; i < n; i++) {
    weightSum += weights[i]!;
    weighted += weights[i]! * y[i]!;
  }
  const mean = weighted / weightSum;
  const alpha = solve(
    L,
    y.map((value) => value - mean),
  );
  return { L, alpha, mean };
}

/** (L Lᵀ)^-1 b, in place of `b`. */
function solve(L: Float64Array, b: Float64Array): Float64Array {
  solveLower(L, b.length, b);
  solveLowerTransposed(L, b.length, b);
  return b;
}

/** Lower triangle of K with the noise on its diagonal. */
function covariance({ set, pairs, hasOffsets }: PreparedSet, parameters: Hyperparameters): Float64Array {
  const { scale, noise, offset } = parameters;
  const n = set.y.length;
  const inverseSquares = parameters.lengthscales.map((value) => 1 / (value * value));
  const d = inverseSquares.length;
  const K = new Float64Array(n * n);
  let position = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      let r2 = 0;
      for (let c = 0; c < d; c++) r2 += pairs[position++]! * inverseSquares[c]!;
      K[i * n + j] = scale * matern(r2) + (hasOffsets && set.task[i] === set.task[j] ? offset : 0);
    }
    K[i * n + i] = scale + (hasOffsets ? offset : 0) + noise + set.noise[i]!;
  }
  return K;
}

/** Gradient of minus the log likelihood: each entry of ½ (K^-1 - alpha alphaᵀ) times the slope of K there. */
function likelihoodGradient(
  { set, pairs, hasOffsets }: PreparedSet,
  parameters: Hyperparameters,
  { L, alpha }: Factorisation,
  gradient: Float64Array,
): void {
  const { scale, noise, offset } = parameters;
  const n = set.y.length;
  const inverseSquares = parameters.lengthscales.map((value) => 1 / (value * value));
  const d = inverseSquares.length;
  const inverse = inverseFromCholesky(L, n);
  gradient.fill(0);
  let position = 0;
  let [scaleSum, noiseSum, offsetSum] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const weight = inverse[i * n + j]! - alpha[i]! * alpha[j]!;
      let r2 = 0;
      for (let c = 0; c < d; c++) r2 += pairs[position + c]! * inverseSquares[c]!;
      const slope = weight * scale * maternSlope(r2);
      for (let c = 0; c < d; c++) gradient[c]! += slope * pairs[position + c]! * inverseSquares[c]!;
      position += d;
      scaleSum += weight * matern(r2);
      if (set.task[i] === set.task[j]) offsetSum += weight;
    }
    const half = 0.5 * (inverse[i * n + i]! - alpha[i]! * alpha[i]!);
    scaleSum += half;
    noiseSum += half;
    offsetSum += half;
  }
  gradient[d] = scaleSum * scale;
  gradient[d + 1] = noiseSum * noise;
  if (hasOffsets) gradient[d + 2] = offsetSum * offset;
}
