/** Searches the hyperparameters of largest posterior density: many starts on few points, then few steps on many. */

import { minimiseInBox, type BoundedMinimum } from '../linalg/bounded-minimum.js';
import { positionsOf, startAt, type Layout, type Start } from './hyperparameter-layout.js';
import { layoutOf, negativeLogPosterior, prepare, type PreparedSet } from './marginal-likelihood.js';
import { hyperparameterBounds, likelyLengthscale } from './priors.js';
import { thinned, type TrainingSet } from './training-set.js';

/** Iterations and observations of the first look at each start, of the climb from the best, and of the final polish. */
const SCREENING = { iterations: 12, points: 120 } as const;
const CLIMBING = { iterations: 60, points: 200 } as const;
const POLISHING = { iterations: 5 } as const;

/** Lengthscales in units of the likely one. Tasks begin as alike as is believed, and unrelated. */
const STARTS: readonly Start[] = [
  { lengthscale: 1, noise: 1e-3, correlation: 0.9 },
  { lengthscale: 1, noise: 1e-1, correlation: 0 },
  { lengthscale: 3, noise: 1e-3, correlation: 0 },
  { lengthscale: 3, noise: 1e-1, correlation: 0.9 },
];

/**
 * Hyperparameters of largest posterior density.
 *
 * @param tasks - number of tasks, those without observations included.
 * @param warm - where to begin instead of at several starts.
 *
 * Cost: some hundred factorisations of at most {@link CLIMBING} points and, of larger sets, some six of all.
 */
export function likelyTheta(set: TrainingSet, tasks: number, warm?: Float64Array): Float64Array {
  const layout = layoutOf(set, tasks);
  const isUsable = warm?.length === positionsOf(layout).length;
  const start = isUsable ? warm : bestStart(set, layout);
  const climbed = climb(prepare(thinned(set, CLIMBING.points), layout), start, CLIMBING.iterations).x;
  if (set.y.length <= CLIMBING.points) return climbed;
  return climb(prepare(set, layout), climbed, POLISHING.iterations).x;
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
