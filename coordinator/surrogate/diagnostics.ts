/** How far a fitted process can be trusted, and which features it says matter. */

import { dot } from '../linalg/vector.js';
import { covariancesWith } from './covariances.js';
import type { GaussianProcess } from './gaussian-process.js';
import { leaveOneOut } from './leave-one-out.js';

export interface Calibration {
  /** Observations of the task at which the process predicts. */
  readonly count: number;
  /** (observed - predicted from the others) / deviation of each, in the order of the training set. */
  readonly residuals: Float64Array;
  /** Share within one and within two deviations: 0.68 and 0.95 are as they should be. NaN without observations. */
  readonly withinOne: number;
  readonly withinTwo: number;
  /** Root mean square error of the predictions, in standardised units. NaN without observations. */
  readonly error: number;
}

export interface TaskDiagnostics {
  /** Inferred variance of the noise of each task, in squares of standardised units; the first is where it predicts. */
  readonly noises: Float64Array;
  /** Correlation of each task with the one where it predicts. */
  readonly correlations: Float64Array;
}

export interface ProcessDiagnostics {
  readonly calibration: Calibration;
  /** One per feature, in units of its range. */
  readonly lengthscales: Float64Array;
  /** Sobol indices of the predicted mean, one per feature; see {@link importance}. */
  readonly importance: Importance;
  readonly tasks: TaskDiagnostics;
}

/** Shares of the variance of the predicted mean, in [0, 1]; all 0 where it is constant. */
export interface Importance {
  /** Due to each feature alone. */
  readonly first: Float64Array;
  /** Due to each feature with all others that act together with it. */
  readonly total: Float64Array;
}

/** Everything a report says about one process. Cost: about n³ + N(d + 2)nd operations with N points. */
export function diagnose(process: GaussianProcess, points: PointPairs): ProcessDiagnostics {
  const { count, correlations } = process.joint.tasks;
  return {
    calibration: calibrationOf(process),
    lengthscales: process.hyperparameters.lengthscales,
    importance: importance(process, points),
    tasks: {
      noises: process.joint.noises,
      correlations: correlations.slice(process.task * count, process.task * count + count),
    },
  };
}

/** Calibration over the observations of the task at which the process predicts. */
export function calibrationOf(process: GaussianProcess): Calibration {
  const { means, residuals: all } = leaveOneOut(process);
  const { y, task } = process.set;
  const isOwn = (_: number, i: number): boolean => task[i] === process.task;
  const residuals = all.filter(isOwn);
  const squares = y.map((value, i) => (value - means[i]!) ** 2).filter(isOwn);
  const count = residuals.length;
  const within = (bound: number): number => residuals.filter((value) => Math.abs(value) <= bound).length / count;
  return {
    count,
    residuals,
    withinOne: within(1),
    withinTwo: within(2),
    error: Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / count),
  };
}

/** Two independent sets of N points of features, N x d each, as a space samples them; NaN where a feature is inactive. */
export interface PointPairs {
  readonly A: Float64Array;
  readonly B: Float64Array;
}

/**
 * Sobol indices of the predicted mean by two sets of points, of which each feature is exchanged in turn.
 *
 * Legal points of a space with conditions and constraints are not a product of their features: exchanged points may then
 * be illegal ones, at which the process predicts all the same, and the indices are descriptions only.
 *
 * Source: Saltelli et al. (2010), "Variance based sensitivity analysis of model output", Comput. Phys. Commun. 181,
 * estimators (b) and (f) of table 2.
 */
export function importance(process: GaussianProcess, { A, B }: PointPairs): Importance {
  const d = process.kinds.length;
  const N = A.length / d;
  const [fA, fB] = [meansAt(process, A), meansAt(process, B)];
  const centre = [...fA, ...fB].reduce((sum, value) => sum + value / (2 * N), 0);
  const variance = [...fA, ...fB].reduce((sum, value) => sum + (value - centre) ** 2 / (2 * N), 0);
  const first = new Float64Array(d);
  const total = new Float64Array(d);
  for (let c = 0; variance > 0 && c < d; c++) {
    const mixed = A.map((value, at) => (at % d === c ? B[at]! : value));
    const fMixed = meansAt(process, mixed);
    for (let i = 0; i < N; i++) {
      first[c]! += ((fB[i]! - centre) * (fMixed[i]! - fA[i]!)) / (N * variance);
      total[c]! += (fA[i]! - fMixed[i]!) ** 2 / (2 * N * variance);
    }
  }
  return { first: first.map(intoUnit), total: total.map(intoUnit) };
}

const intoUnit = (value: number): number => Math.min(1, Math.max(0, value));

function meansAt(process: GaussianProcess, points: Float64Array): Float64Array {
  const d = process.kinds.length;
  const { set, rows, alpha, mean } = process;
  return Float64Array.from({ length: points.length / d }, (_, i) => {
    const { values } = covariancesWith(process, points.subarray(i * d, i * d + d), set.X, rows);
    return mean + dot(values, 0, alpha, 0, alpha.length);
  });
}
