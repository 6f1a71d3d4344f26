/** A Gaussian process with maximum-a-posteriori hyperparameters, and what it predicts at one task. */

import { DomainError } from '../../shared/domain/errors.js';
import { solveLower, solveLowerTransposed } from '../linalg/cholesky.js';
import { dot } from '../linalg/vector.js';
import {
  addCovarianceSlope,
  covariancesWith,
  priorVariance,
  type CovarianceFunction,
  type RowCovariances,
} from './covariances.js';
import { likelyFit, type HyperparameterFit } from './fit-hyperparameters.js';
import type { Smoothness } from './kernel.js';
import { hyperparametersOf, seenFrom, type JointHyperparameters } from './hyperparameter-layout.js';
import { factoriseCovariance, layoutOf, prepare, type Factorisation } from './marginal-likelihood.js';
import { checkTrainingSet, MOST_TASKS, type TrainingSet } from './training-set.js';

/** A fitted process; all values are in the unit of the training set's `y`. */
export interface GaussianProcess extends Factorisation, CovarianceFunction {
  readonly set: TrainingSet;
  /** Task at which it predicts. */
  readonly task: number;
  /** Of all tasks; `hyperparameters` is what they look like from `task`. */
  readonly joint: JointHyperparameters;
  /** Covariances of the tasks of the observations with `task`. */
  readonly rows: RowCovariances;
  /** Where the fit ended: a start for one of much the same data. */
  readonly theta: Float64Array;
}

/** Prediction of the noise-free value at one point. */
export interface Prediction {
  readonly x: Float64Array;
  readonly mean: number;
  readonly variance: number;
  /** L^-1 k(X, x): products of two such are what the data explain of a covariance. */
  readonly explained: Float64Array;
  /** What the slopes of k(X, x) need. */
  readonly slopes: Float64Array;
}

/** Share of the prior variance below which a variance is rounding. */
const LEAST_VARIANCE = 1e-10;

/**
 * Fits a process by maximum a posteriori.
 *
 * @param task - the task at which it shall predict; it need not be observed.
 * @param warm - a fit to much the same data: the climb begins there and nowhere else.
 * @throws {ShapeError | DomainError} if the training set is malformed, empty or without features, or has too many tasks.
 *
 * Deterministic. Cost: see {@link likelyFit}.
 */
export function fitGaussianProcess(set: TrainingSet, task: number, warm?: GaussianProcess): GaussianProcess {
  checkTrainingSet(set);
  if (set.y.length === 0) throw new DomainError('a Gaussian process needs at least one observation');
  const tasks = set.task.reduce((most, each) => Math.max(most, each), task) + 1;
  if (tasks > MOST_TASKS) throw new DomainError('too many tasks for one process', { tasks, most: MOST_TASKS });
  const before: HyperparameterFit | undefined = warm && {
    theta: warm.theta,
    smoothness: warm.hyperparameters.smoothness ?? 'matern',
  };
  return processAt({ set, task, tasks, ...likelyFit(set, tasks, before) });
}

export interface ProcessInput {
  readonly set: TrainingSet;
  readonly task: number;
  /** Number of tasks. */
  readonly tasks: number;
  readonly theta: Float64Array;
  /** Absent: Matern. */
  readonly smoothness?: Smoothness;
}

/** The process of given hyperparameters. @throws {DomainError} if their covariance is not positive definite. */
export function processAt({ set, task, tasks, theta, smoothness = 'matern' }: ProcessInput): GaussianProcess {
  const prepared = prepare(set, { ...layoutOf(set, tasks), smoothness });
  const joint = hyperparametersOf(theta, prepared.layout);
  const factors = factoriseCovariance(prepared, joint);
  if (!factors) throw new DomainError('the covariance is not positive definite', { n: set.y.length });
  const rows = {
    scales: Float64Array.from(set.task, (other) => joint.tasks.B[task * tasks + other]!),
    offsets: Float64Array.from(set.task, (other) => (other === task ? joint.offset : 0)),
  };
  return { ...factors, set, kinds: set.kinds, task, joint, rows, theta, hyperparameters: seenFrom(joint, task) };
}

/** The posterior at `x`. Cost: n²/2 + nd operations. */
export function predict(process: GaussianProcess, x: Float64Array): Prediction {
  const { set, rows, L, alpha, mean } = process;
  const { values, slopes } = covariancesWith(process, x, set.X, rows);
  const n = values.length;
  const predicted = mean + dot(values, 0, alpha, 0, n);
  solveLower(L, n, values);
  const prior = priorVariance(process);
  const variance = Math.max(prior - dot(values, 0, values, 0, n), LEAST_VARIANCE * prior);
  return { x, mean: predicted, variance, explained: values, slopes };
}

/** How a function of a prediction changes with its mean and its variance. */
export interface PredictionSlope {
  readonly mean: number;
  readonly variance: number;
}

/** The slope in the coordinates of a function that depends on them through its prediction. */
export function predictionSlope(
  process: GaussianProcess,
  prediction: Prediction,
  slope: PredictionSlope,
): Float64Array {
  const { x, slopes } = prediction;
  const gradient = new Float64Array(x.length);
  const weights = prediction.explained.map((value) => -2 * slope.variance * value);
  solveLowerTransposed(process.L, weights.length, weights);
  for (let i = 0; i < weights.length; i++) weights[i]! += slope.mean * process.alpha[i]!;
  addCovarianceSlope(process, { x, others: process.set.X, slopes, weights }, gradient);
  return gradient;
}
