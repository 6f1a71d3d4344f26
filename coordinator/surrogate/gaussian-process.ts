/** A Gaussian process with maximum-a-posteriori hyperparameters, and what it predicts at one task. */

import { DomainError } from '../../shared/domain/errors.js';
import { minimiseInBox, type BoundedMinimum } from '../linalg/bounded-minimum.js';
import { solveLower, solveLowerTransposed } from '../linalg/cholesky.js';
import { dot } from '../linalg/vector.js';
import { addCovarianceSlope, covariancesWith, priorVariance, type CovarianceFunction } from './covariances.js';
import {
  factoriseCovariance,
  hyperparametersOf,
  negativeLogPosterior,
  prepare,
  type Factorisation,
  type PreparedSet,
} from './marginal-likelihood.js';
import { hyperparameterBounds, likelyLengthscale } from './priors.js';
import { checkTrainingSet, thinned, type TrainingSet } from './training-set.js';

/** A fitted process; all values are in the unit of the training set's `y`. */
export interface GaussianProcess extends Factorisation, CovarianceFunction {
  readonly set: TrainingSet;
  /** Task at which it predicts. */
  readonly task: number;
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

/** Iterations of the first look at each start, and of the final polish of the best. */
const SCREENING_ITERATIONS = 12;
const POLISHING_ITERATIONS = 60;
const START_NOISES = [1e-3, 1e-1] as const;
const START_LENGTHSCALES = [1, 3] as const;
const START_OFFSET = 0.3;

/** Starts are looked at on no more than this many observations, evenly spread over the set. */
const SCREENING_POINTS = 120;

/** Share of the prior variance below which a variance is rounding. */
const LEAST_VARIANCE = 1e-10;

/**
 * Fits a process by maximum a posteriori from several starts.
 *
 * @param task - the task at which it shall predict.
 * @throws {ShapeError | DomainError} if the training set is malformed, empty or without features.
 *
 * Deterministic. Cost: at most some hundred times 4n³/3 + n²d operations.
 */
export function fitGaussianProcess(set: TrainingSet, task: number): GaussianProcess {
  checkTrainingSet(set);
  if (set.y.length === 0) throw new DomainError('a Gaussian process needs at least one observation');
  const prepared = prepare(set);
  const few = { ...prepare(thinned(set, SCREENING_POINTS)), hasOffsets: prepared.hasOffsets };
  const screened = startsFor(prepared).map((start) => climb(few, start, SCREENING_ITERATIONS));
  const best = screened.reduce((a, b) => (b.value < a.value ? b : a));
  const { x } = climb(prepared, best.x, POLISHING_ITERATIONS);
  const hyperparameters = hyperparametersOf(x, set.kinds.length);
  const factors = factoriseCovariance(prepared, hyperparameters);
  if (!factors) throw new DomainError('the covariance is not positive definite', { n: set.y.length });
  return { ...factors, set, kinds: set.kinds, hyperparameters, task };
}

function startsFor({ set, hasOffsets }: PreparedSet): Float64Array[] {
  const d = set.kinds.length;
  const likely = likelyLengthscale(d);
  return START_LENGTHSCALES.flatMap((factor) =>
    START_NOISES.map((noise) => {
      const values = [...new Array<number>(d).fill(likely * factor), 1, noise, ...(hasOffsets ? [START_OFFSET] : [])];
      return Float64Array.from(values, Math.log);
    }),
  );
}

function climb(prepared: PreparedSet, start: Float64Array, maxIterations: number): BoundedMinimum {
  return minimiseInBox((theta, gradient) => negativeLogPosterior(prepared, theta, gradient), {
    start,
    ...hyperparameterBounds(prepared.set.kinds.length, prepared.hasOffsets),
    maxIterations,
    gradientTolerance: 1e-2,
    valueTolerance: 1e-6,
  });
}

/** The posterior at `x`. Cost: n²/2 + nd operations. */
export function predict(process: GaussianProcess, x: Float64Array): Prediction {
  const { set, task, L, alpha, mean } = process;
  const { values, slopes } = covariancesWith(process, x, set.X, (row) => set.task[row] === task);
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
