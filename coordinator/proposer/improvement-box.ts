/**
 * The bound of hypervolume for a proposal where the user gave no thresholds.
 *
 * Too tight a box and the ends of the front are never visited, since nothing there counts; too loose a one and all
 * effort goes to the ends. So the box is that of the payoff table: for each objective, the worst of what the models
 * predict at the optima of all objectives, a tenth of the range beyond. An optimum counts the other objectives a little,
 * so that it lies on the front. As long as the models expect better optima than those tried, one in
 * {@link EXTREME_EVERY} proposals improves the loose box of all outcomes instead, where the ends weigh more.
 *
 * Source: the payoff table of multi-criteria decision making, Miettinen (1999), "Nonlinear Multiobjective Optimization",
 * section 2.4.
 */

import { chooseReference } from '../pareto/reference-point.js';
import { addTo } from '../linalg/vector.js';
import { predict, predictionSlope } from '../surrogate/gaussian-process.js';
import { candidateFrom, type Candidate } from './candidate.js';
import { logFeasibility } from './feasibility.js';
import type { FittedModels } from './fit-models.js';
import { spread, stepSizes } from './looks.js';
import { maximiseAcquisition, type Acquisition } from './maximise.js';
import { toMinimised } from './objective-scale.js';
import type { RequestContext } from './request-context.js';
import { predictedMean, standardise } from './value-model.js';

/** Weight of the other objectives at an objective's optimum. */
const OTHERS = 0.05;
/** Distance of the bound beyond the payoff table, as a share of its range. */
const MARGIN = 0.1;
/** Least range of an objective, in its standard deviations. */
const LEAST_RANGE = 0.1;
/** Evenly spread candidates from which an optimum is sought, beside the predicted front. */
const LOOKS = 64;
const EXTREME_EVERY = 5;
/** An optimum that is better than all tried by no more than this share of the range is as good as found. */
const SETTLED = 0.02;

/** Standardised references. */
export interface ImprovementBox {
  /** For the proposal of an index. */
  reference(index: number): Float64Array;
}

/** @param front - finished configurations that no other is predicted to dominate. */
export function improvementBox(
  context: RequestContext,
  models: FittedModels,
  front: readonly Candidate[],
): ImprovementBox {
  const { objectives, working } = models;
  const thresholds = context.request.objectives.map((objective) =>
    objective.threshold === undefined ? undefined : toMinimised(objective, objective.threshold),
  );
  const outcomes = working.flatMap(({ features }) => objectives.map((model) => predictedMean(model, features)));
  const loose = chooseReference(Float64Array.from(outcomes), thresholds).map((value, j) =>
    standardise(objectives[j]!, value),
  );
  if (objectives.length === 1 || !thresholds.includes(undefined)) return { reference: () => loose };
  const { reference, isSettled } = payoffBox(context, models, front);
  const tight = loose.map((value, j) => (thresholds[j] === undefined ? Math.min(value, reference[j]!) : value));
  return { reference: (index) => (!isSettled && index % EXTREME_EVERY === 0 ? loose : tight) };
}

interface PayoffBox {
  readonly reference: Float64Array;
  /** True when the tried configurations come as near to every optimum as the models can tell. */
  readonly isSettled: boolean;
}

function payoffBox(context: RequestContext, models: FittedModels, front: readonly Candidate[]): PayoffBox {
  const { objectives, working } = models;
  const optima = objectives.map((_, j) => optimum(context, models, { j, front }));
  const table = optima.map(({ features }) => objectives.map(({ process }) => predict(process, features).mean));
  const ideal = objectives.map((_, j) => table[j]![j]!);
  const nadir = objectives.map((_, j) => Math.max(...table.map((row) => row[j]!)));
  const range = nadir.map((value, j) => Math.max(LEAST_RANGE, value - ideal[j]!));
  const isSettled = objectives.every((_, j) => {
    const value = goodness(models, j);
    const best = Math.max(...working.map(({ features }) => value(features)));
    return value(optima[j]!.features) - best <= SETTLED * range[j]!;
  });
  return { reference: Float64Array.from(nadir, (value, j) => value + MARGIN * range[j]!), isSettled };
}

interface OptimumSearch {
  readonly j: number;
  readonly front: readonly Candidate[];
}

function optimum(context: RequestContext, models: FittedModels, { j, front }: OptimumSearch): Candidate {
  const { space, request } = context;
  const known: ReadonlySet<string> = new Set();
  const seed = `${request.seed}/${request.index}/optimum/${j}`;
  const found = maximiseAcquisition({
    space,
    known,
    candidates: [...front, ...spread({ context, known, centres: [], seed }, LOOKS)],
    steps: stepSizes(models.objectives),
    acquisition: goodness(models, j),
  });
  return found ?? front[0] ?? candidateFrom(space, models.working[0]!.observation.configuration);
}

/** Minus the predicted objective `j` and a little of the others, standardised; what is infeasible is worse. */
const goodness =
  ({ objectives, requirements }: FittedModels, j: number): Acquisition =>
  (x, gradient) => {
    let sum = logFeasibility(requirements, x, gradient);
    objectives.forEach(({ process }, i) => {
      const weight = i === j ? 1 : OTHERS;
      const prediction = predict(process, x);
      sum -= weight * prediction.mean;
      if (gradient) addTo(gradient, predictionSlope(process, prediction, { mean: -weight, variance: 0 }));
    });
    return sum;
  };
