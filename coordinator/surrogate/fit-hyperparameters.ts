/** Searches the hyperparameters of largest posterior density: many starts on few points, then few steps on many. */

import { minimiseInBox, type BoundedMinimum } from '../linalg/bounded-minimum.js';
import { positionsOf, startAt, type Layout, type Start } from './hyperparameter-layout.js';
import type { Smoothness } from './kernel.js';
import { layoutOf, negativeLogPosterior, prepare, type PreparedSet } from './marginal-likelihood.js';
import { hyperparameterBounds, likelyLengthscale } from './priors.js';
import { thinned, type TrainingSet } from './training-set.js';

/** Iterations and observations of the first look at each start, of the climb from the best, and of the final polish. */
const SCREENING = { iterations: 12, points: 120 } as const;
const CLIMBING = { iterations: 60, points: 150 } as const;
const POLISHING = { iterations: 3 } as const;

/** Lengthscales in units of the likely one. Tasks begin as alike as is believed, and unrelated. */
const STARTS: readonly Start[] = [
  { lengthscale: 1, noise: 1e-3, correlation: 0.9 },
  { lengthscale: 1, noise: 1e-1, correlation: 0 },
  { lengthscale: 3, noise: 1e-3, correlation: 0 },
  { lengthscale: 3, noise: 1e-1, correlation: 0.9 },
];

/**
 * Log density by which a Gaussian covariance must beat a Matern one to be taken: it extrapolates far better where the
 * function is that smooth, and is far too sure where it is not. More than 3 to 5 is called strong evidence by Kass &
 * Raftery (1995), "Bayes Factors", JASA 90.
 */
const STRONG_EVIDENCE = 4;

export interface HyperparameterFit {
  readonly theta: Float64Array;
  readonly smoothness: Smoothness;
}

/**
 * Hyperparameters of largest posterior density, with the smoothness for which the data speak.
 *
 * @param tasks - number of tasks, those without observations included.
 * @param warm - where to begin instead of at several starts; its smoothness is kept.
 *
 * Cost: some two hundred factorisations of at most {@link CLIMBING} points and, of larger sets, some four of all.
 */
export function likelyFit(set: TrainingSet, tasks: number, warm?: HyperparameterFit): HyperparameterFit {
  const layout = layoutOf(set, tasks);
  const { theta, smoothness } =
    warm?.theta.length === positionsOf(layout).length ? climbed(set, layout, warm) : bestFit(set, layout);
  if (set.y.length <= CLIMBING.points) return { theta, smoothness };
  return { theta: climb(prepare(set, { ...layout, smoothness }), theta, POLISHING.iterations).x, smoothness };
}

function bestFit(set: TrainingSet, layout: Layout): HyperparameterFit {
  const rough = climbed(set, layout, { theta: bestStart(set, layout), smoothness: 'matern' });
  const smooth = climbed(set, layout, { theta: rough.theta, smoothness: 'gaussian' });
  return smooth.value < rough.value - STRONG_EVIDENCE ? smooth : rough;
}

interface ClimbedFit extends HyperparameterFit {
  readonly value: number;
}

function climbed(set: TrainingSet, layout: Layout, { theta, smoothness }: HyperparameterFit): ClimbedFit {
  const prepared = prepare(thinned(set, CLIMBING.points), { ...layout, smoothness });
  const { x, value } = climb(prepared, theta, CLIMBING.iterations);
  return { theta: x, value, smoothness };
}

function bestStart(set: TrainingSet, layout: Layout): Float64Array {
  const few = prepare(thinned(set, SCREENING.points), layout);
  const likely = likelyLengthscale(layout.d);
  return STARTS.map((start) => startAt(layout, { ...start, lengthscale: likely * start.lengthscale }))
    .map((start) => climb(few, start, SCREENING.iterations))
    .reduce((a, b) => (b.value < a.value ? b : a)).x;
}

function climb(prepared: PreparedSet, start: Float64Array, maxIterations: number): BoundedMinimum {
  return minimiseInBox((theta, gradient) => negativeLogPosterior(prepared, theta, gradient), {
    start,
    ...hyperparameterBounds(prepared.layout),
    maxIterations,
    gradientTolerance: 1e-2,
    valueTolerance: 1e-6,
  });
}
