/** A Gaussian process with maximum-a-posteriori hyperparameters, and what it predicts. */

import { minimiseInBox, type BoundedMinimum } from '../linalg/bounded-minimum.js';
import { DomainError } from '../../shared/domain/errors.js';
import { halfSlope, squaredDifference } from './features.js';
import { matern, maternSlope, type Hyperparameters } from './kernel.js';
import {
  factoriseCovariance,
  hyperparametersOf,
  negativeLogPosterior,
  prepare,
  type Factorisation,
  type PreparedSet,
} from './marginal-likelihood.js';
import { hyperparameterBounds, likelyLengthscale } from './priors.js';
import { checkTrainingSet, type TrainingSet } from './training-set.js';

/** A fitted process. All values are in the unit of the training set's `y`. */
export interface GaussianProcess extends Factorisation {
  readonly set: TrainingSet;
  readonly hyperparameters: Hyperparameters;
  /** Task at which the process predicts. */
  readonly task: number;
}

/** First look at each start, and the final polish of the best, in iterations. */
const SCREENING_ITERATIONS = 12;
const POLISHING_ITERATIONS = 60;
const NOISE_STARTS = [1e-3, 1e-1] as const;
const LENGTHSCALE_FACTORS = [1, 3] as const;

/**
 * Fits a process by maximum a posteriori from several starts.
 *
 * @param task - the task at which it shall predict.
 * @throws {ShapeError | DomainError} if the training set is malformed or empty.
 *
 * Deterministic; limits count evaluations. Cost: some hundred times 4n³/3 + n²d operations.
 */
export function fitGaussianProcess(set: TrainingSet, task: number): GaussianProcess {
  checkTrainingSet(set);
  if (set.y.length === 0) throw new DomainError('a Gaussian process needs at least one observation');
  const prepared = prepare(set);
  const screened = startsFor(prepared).map((start) => climb(prepared, start, SCREENING_ITERATIONS));
  const best = screened.reduce((a, b) => (b.value < a.value ? b : a));
  const { x } = climb(prepared, best.x, POLISHING_ITERATIONS);
  return withHyperparameters(prepared, hyperparametersOf(x, set.kinds.length), task);
}

function startsFor({ set, hasOffsets }: PreparedSet): Float64Array[] {
  const d = set.kinds.length;
  const likely = likelyLengthscale(d);
  return LENGTHSCALE_FACTORS.flatMap((factor) =>
    NOISE_STARTS.map((noise) =>
      Float64Array.from([...new Array<number>(d).fill(likely * factor), 1, noise, ...(hasOffsets ? [0.3] : [])], Math.log),
    ),
  );
}

function climb(prepared: PreparedSet, start: Float64Array, maxIterations: number): BoundedMinimum {
  return minimiseInBox((theta, gradient) => negativeLogPosterior(prepared, theta, gradient), {
    start,
    ...hyperparameterBounds(prepared.set.kinds.length, prepared.hasOffsets),
    maxIterations,
    gradientTolerance: 1e-3,
    valueTolerance: 1e-8,
  });
}

function withHyperparameters(prepared: PreparedSet, hyperparameters: Hyperparameters, task: number): GaussianProcess {
  const factors = factoriseCovariance(prepared, hyperparameters);
  if (!factors) throw new DomainError('the covariance of the observations is not positive definite', { n: prepared.set.y.length });
  return { ...factors, set: prepared.set, hyperparameters, task };
}

/** Prior variance at every point. */
export const priorVariance = ({ hyperparameters: { scale, offset } }: GaussianProcess): number => scale + offset;

/** Covariances with a list of points, and the factors from which their slopes follow. */
export interface Covariances {
  readonly values: Float64Array;
  /** s² times the Matern slope of each, for {@link addCovarianceSlope}. */
  readonly slopes: Float64Array;
}

/** Covariances of a point at the process's task with every training point. */
export function trainingCovariances(process: GaussianProcess, x: Float64Array): Covariances {
  const { set, hyperparameters, task } = process;
  const covariances = pointCovariances(process, x, set.X);
  if (hyperparameters.offset > 0) {
    for (let i = 0; i < set.task.length; i++) if (set.task[i] === task) covariances.values[i]! += hyperparameters.offset;
  }
  return covariances;
}

/** Covariances of a point with others at the process's task. */
export function taskCovariances(process: GaussianProcess, x: Float64Array, others: Float64Array): Covariances {
  const covariances = pointCovariances(process, x, others);
  const { offset } = process.hyperparameters;
  for (let i = 0; i < covariances.values.length; i++) covariances.values[i]! += offset;
  return covariances;
}

function pointCovariances({ set: { kinds }, hyperparameters }: GaussianProcess, x: Float64Array, others: Float64Array): Covariances {
  const { lengthscales, scale } = hyperparameters;
  const d = kinds.length;
  const n = d === 0 ? 0 : others.length / d;
  const values = new Float64Array(n);
  const slopes = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let r2 = 0;
    for (let c = 0; c < d; c++) {
      const ell = lengthscales[c]!;
      r2 += squaredDifference(kinds[c]!, x[c]!, others[i * d + c]!) / (ell * ell);
    }
    values[i] = scale * matern(r2);
    slopes[i] = scale * maternSlope(r2);
  }
  return { values, slopes };
}

/** Adds to `gradient` the slope in `x` of Σ_i weight_i k(x, other_i). */
export function addCovarianceSlope(
  process: GaussianProcess,
  { x, others, slopes, weights }: SlopeInput,
  gradient: Float64Array,
): void {
  const { kinds } = process.set;
  const { lengthscales } = process.hyperparameters;
  const d = kinds.length;
  for (let i = 0; i < weights.length; i++) {
    const factor = weights[i]! * slopes[i]!;
    for (let c = 0; c < d; c++) {
      gradient[c]! -= (factor * halfSlope(kinds[c]!, x[c]!, others[i * d + c]!)) / (lengthscales[c]! * lengthscales[c]!);
    }
  }
}

export interface SlopeInput {
  readonly x: Float64Array;
  readonly others: Float64Array;
  readonly slopes: Float64Array;
  readonly weights: Float64Array;
}
