/**
 * The posterior density of a Gaussian process's hyperparameters, with its gradient.
 *
 * `n` points, `d` features, `T` tasks, `K` n x n covariance, `L` its Cholesky factor, `alpha` = K^-1 (y - mean).
 */

import {
  factorise,
  inverseFromCholesky,
  logDeterminant,
  solveLower,
  solveLowerTransposed,
} from '../linalg/cholesky.js';
import { hyperparametersOf, positionsOf, type JointHyperparameters, type Layout } from './hyperparameter-layout.js';
import { shapeOf } from './kernel.js';
import { logPrior } from './priors.js';
import { addTaskSlopes } from './task-covariance.js';
import { pairDifferences, type TrainingSet } from './training-set.js';

/** The training set with what stays the same for all hyperparameters. */
export interface PreparedSet {
  readonly set: TrainingSet;
  readonly layout: Layout;
  readonly pairs: Float64Array;
  /** For each pair, the covariance's shape and its slope at the hyperparameters last looked at. */
  readonly shapes: Float64Array;
  readonly slopes: Float64Array;
}

/** Everything that the posterior needs besides the data. */
export interface Factorisation {
  readonly L: Float64Array;
  readonly alpha: Float64Array;
  /** Constant mean, by generalised least squares. */
  readonly mean: number;
}

/** @param tasks - number of tasks, which may be more than those observed. */
export const layoutOf = (set: TrainingSet, tasks: number): Layout => ({
  d: set.kinds.length,
  tasks,
  hasDevices: set.device?.some((device) => device >= 0) ?? false,
});

export function prepare(set: TrainingSet, layout: Layout): PreparedSet {
  const n = set.y.length;
  const count = (n * (n - 1)) / 2;
  return {
    set,
    layout,
    pairs: pairDifferences(set.X, set.kinds),
    shapes: new Float64Array(count),
    slopes: new Float64Array(count),
  };
}

/**
 * Minus the log posterior density of `theta`, up to a constant; its gradient is written to `gradient`.
 *
 * Infinity where the covariance is not positive definite. Cost: about 2n³/3 + n²d operations.
 * Source: Rasmussen & Williams (2006), "Gaussian Processes for Machine Learning", equations 5.8 and 5.9.
 */
export function negativeLogPosterior(prepared: PreparedSet, theta: Float64Array, gradient: Float64Array): number {
  const { set, layout } = prepared;
  const n = set.y.length;
  gradient.fill(0);
  const parameters = hyperparametersOf(theta, layout);
  const factors = factoriseCovariance(prepared, parameters);
  if (!factors) return Infinity;
  likelihoodGradient(prepared, { parameters, factors }, gradient);
  let fit = 0;
  for (let i = 0; i < n; i++) fit += (set.y[i]! - factors.mean) * factors.alpha[i]!;
  const prior = logPrior(theta, layout, gradient);
  return 0.5 * fit + 0.5 * logDeterminant(factors.L, n) - prior;
}

/** Factors of the covariance of all observations, or `undefined` where it is not positive definite. */
export function factoriseCovariance(
  prepared: PreparedSet,
  parameters: JointHyperparameters,
): Factorisation | undefined {
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

/** Lower triangle of K with the noise on its diagonal; notes the shapes and slopes of all pairs. */
function covariance(prepared: PreparedSet, parameters: JointHyperparameters): Float64Array {
  const { set, layout, pairs, shapes, slopes } = prepared;
  const shape = shapeOf(layout.smoothness);
  const { task, device } = set;
  const { tasks, noises, offset, device: deviceVariance } = parameters;
  const n = set.y.length;
  const inverseSquares = parameters.lengthscales.map((value) => 1 / (value * value));
  const d = inverseSquares.length;
  const K = new Float64Array(n * n);
  for (let i = 0, pair = 0; i < n; i++) {
    const row = task[i]! * tasks.count;
    for (let j = 0; j < i; j++, pair++) {
      let r2 = 0;
      for (let c = 0, at = pair * d; c < d; c++) r2 += pairs[at++]! * inverseSquares[c]!;
      shapes[pair] = shape.value(r2);
      slopes[pair] = shape.slope(r2);
      let value = tasks.B[row + task[j]!]! * shapes[pair]!;
      if (task[i] === task[j]) value += offset;
      if (device && device[i]! >= 0 && device[i] === device[j]) value += deviceVariance;
      K[i * n + j] = value;
    }
    const own = device && device[i]! >= 0 ? deviceVariance : 0;
    K[i * n + i] = tasks.B[row + task[i]!]! + offset + own + noises[task[i]!]! + set.noise[i]!;
  }
  return K;
}

interface Fitted {
  readonly parameters: JointHyperparameters;
  readonly factors: Factorisation;
}

/** Gradient of minus the log likelihood: each entry of ½ (K^-1 - alpha alphaᵀ) times the slope of K there. */
function likelihoodGradient(
  { set, layout, pairs, shapes, slopes }: PreparedSet,
  { parameters, factors: { L, alpha } }: Fitted,
  gradient: Float64Array,
): void {
  const { task, device } = set;
  const { tasks, lengthscales } = parameters;
  const n = set.y.length;
  const [T, d] = [tasks.count, lengthscales.length];
  const at = positionsOf(layout);
  const inverse = inverseFromCholesky(L, n);
  const onTasks = new Float64Array(T * T);
  const noiseSums = new Float64Array(T);
  let [offsetSum, deviceSum] = [0, 0];
  for (let i = 0, pair = 0; i < n; i++) {
    const own = task[i]!;
    for (let j = 0; j < i; j++, pair++) {
      const other = task[j]!;
      const weight = inverse[i * n + j]! - alpha[i]! * alpha[j]!;
      const entry = own > other ? own * T + other : other * T + own;
      onTasks[entry]! += weight * shapes[pair]!;
      const slope = weight * tasks.B[entry]! * slopes[pair]!;
      for (let c = 0, from = pair * d; c < d; c++) gradient[c]! += slope * pairs[from++]!;
      if (own === other) offsetSum += weight;
      if (device && device[i]! >= 0 && device[i] === device[j]) deviceSum += weight;
    }
    const half = 0.5 * (inverse[i * n + i]! - alpha[i]! * alpha[i]!);
    onTasks[own * T + own]! += half;
    noiseSums[own]! += half;
    offsetSum += half;
    if (device && device[i]! >= 0) deviceSum += half;
  }
  for (let c = 0; c < d; c++) gradient[c]! /= lengthscales[c]! ** 2;
  for (let t = 0; t < T; t++) gradient[at.noises + t]! += noiseSums[t]! * parameters.noises[t]!;
  if (at.offset >= 0) gradient[at.offset]! += offsetSum * parameters.offset;
  if (at.device >= 0) gradient[at.device]! += deviceSum * parameters.device;
  addTaskSlopes(tasks, onTasks, { gradient, start: at.tasks });
}
