/** Proposals of the model: the configuration with the largest expected improvement, one after the other. */

import { nonDominated } from '../pareto/dominance.js';
import { chooseReference } from '../pareto/reference-point.js';
import { seededRandom } from '../../shared/runtime/random.js';
import { improvementModel } from './baseline.js';
import { candidateAt, candidateFrom, type Candidate } from './candidate.js';
import { logExpectedImprovement } from './expected-improvement.js';
import { logFeasibility } from './feasibility.js';
import { fitModels, type FittedModels } from './fit-models.js';
import { maximiseAcquisition } from './maximise.js';
import { toMinimised } from './objective-scale.js';
import { freshConfigurations, type RequestContext } from './request-context.js';
import { chebyshev } from './scalarise.js';
import { scrambledSobol } from './sobol.js';
import { fitValueModel, predictedMean, standardise, type ValueModel } from './value-model.js';

/** Objectives up to which hypervolume is improved; above it, random scalarisations are. */
const MOST_OBJECTIVES = 4;
/** Quasi-random candidates looked at for each proposal, and variations of each point of the front. */
const LOOKS = 384;
const VARIATIONS = 96;
const VARIATION_SIZES = [0.2, 0.05, 0.01] as const;
/** In a space with fewer configurations left than this, all of them are looked at. */
const LOOK_AT_ALL = 1500;

/** Proposes one more configuration given those proposed in the same request; `undefined` when none is left. */
export type NextProposal = (
  index: number,
  pending: readonly Candidate[],
  known: ReadonlySet<string>,
) => Candidate | undefined;

export interface ModelProposer {
  readonly next: NextProposal;
  /** For people. */
  readonly method: string;
}

/** Fits the models once for a request, or tells in one clause why that cannot be done yet. */
export function modelProposer(context: RequestContext): ModelProposer | string {
  const models = fitModels(context);
  if (typeof models === 'string') return models;
  return {
    next: (index, pending, known) => nextByModel({ context, models, index, pending, known }),
    method: describe(context, models),
  };
}

interface Step {
  readonly context: RequestContext;
  readonly models: FittedModels;
  readonly index: number;
  readonly pending: readonly Candidate[];
  readonly known: ReadonlySet<string>;
}

function nextByModel(step: Step): Candidate | undefined {
  const { context, models, index, pending, known } = step;
  const { space, request } = context;
  const { objectives, reference } = target(step);
  const model = improvementModel({
    models: objectives,
    requirements: models.requirements,
    finished: models.working.map(({ features }) => features),
    pending: pending.map(({ features }) => features),
    reference,
    seed: `${request.seed}/${index}`,
  });
  const improvement = logExpectedImprovement(model);
  const { requirements } = models;
  return maximiseAcquisition({
    space,
    known,
    candidates: candidates(step),
    steps: stepSizes(objectives),
    acquisition: (features, gradient) =>
      improvement(features, gradient) + logFeasibility(requirements, features, gradient),
  });
}

interface Target {
  readonly objectives: readonly ValueModel[];
  /** Standardised. */
  readonly reference: Float64Array;
}

/** What is improved: all objectives, or one random scalarisation of many. */
function target({ context, models, index }: Step): Target {
  const { request, kinds, task } = context;
  const m = models.objectives.length;
  const predicted = Float64Array.from(
    models.working.flatMap(({ features }) => models.objectives.map((model) => predictedMean(model, features))),
  );
  if (m <= MOST_OBJECTIVES) {
    const thresholds = request.objectives.map((objective) =>
      objective.threshold === undefined ? undefined : toMinimised(objective, objective.threshold),
    );
    const reference = chooseReference(predicted, thresholds);
    return {
      objectives: models.objectives,
      reference: reference.map((value, j) => standardise(models.objectives[j]!, value)),
    };
  }
  const scalars = chebyshev(predicted, m, `${request.seed}/${index}/weights`);
  const values = models.working.map((point, i) => ({ point: { ...point, task }, value: scalars[i]!, noise: 0 }));
  const model = fitValueModel(values, { kinds, task, centreTasks: false });
  const reference = standardise(model, chooseReference(scalars, [undefined])[0]!);
  return { objectives: [model], reference: Float64Array.of(reference) };
}

/** Smallest lengthscale of any objective in each coordinate, kept within sensible steps. */
function stepSizes(models: readonly ValueModel[]): Float64Array {
  const [first] = models;
  return first!.process.hyperparameters.lengthscales.map((_, c) => {
    const smallest = Math.min(...models.map(({ process }) => process.hyperparameters.lengthscales[c]!));
    return Math.min(1, Math.max(0.05, smallest));
  });
}

function* candidates(step: Step): Generator<Candidate, void> {
  const { context, index, known } = step;
  const { space, request } = context;
  const seed = `${request.seed}/${index}/looks`;
  const fresh = freshConfigurations(space, scrambledSobol(space.dimension, seed), { start: 0, known, seed });
  const most = space.size - known.size <= LOOK_AT_ALL ? LOOK_AT_ALL : LOOKS;
  for (let count = 0; count < most; count++) {
    const next = fresh.next();
    if (next.done) return;
    yield next.value;
  }
  yield* variations(step);
}

/** New legal candidates near the points that are predicted to be best. */
function* variations({ context, models, index, known }: Step): Generator<Candidate, void> {
  const { space, request } = context;
  const random = seededRandom(`${request.seed}/${index}/variations`);
  const best = predictedFront(models).map((i) => candidateFrom(space, models.working[i]!.observation.configuration));
  for (let count = 0; best.length > 0 && count < VARIATIONS; count++) {
    const centre = best[count % best.length]!;
    const size = VARIATION_SIZES[random.integer(VARIATION_SIZES.length)]!;
    const coordinate = random.integer(space.dimension);
    const point = centre.point.map((value, c) => {
      const moves = c === coordinate || random.uniform() < 0.5;
      return moves ? Math.min(1, Math.max(0, value + size * random.normal())) : value;
    });
    const candidate = candidateAt(space, point);
    if (space.keepsConstraints(candidate.configuration) && !known.has(candidate.key)) yield candidate;
  }
}

/** Indices of the working points that no other is predicted to dominate. */
function predictedFront({ objectives, working }: FittedModels): number[] {
  const means = working.flatMap(({ features }) => objectives.map((model) => predictedMean(model, features)));
  return nonDominated(Float64Array.from(means), objectives.length);
}

function describe({ request, points }: RequestContext, { objectives, requirements }: FittedModels): string {
  const m = objectives.length;
  const aim =
    m === 1
      ? 'expected improvement'
      : m <= MOST_OBJECTIVES
        ? 'expected hypervolume improvement'
        : 'expected improvement of a random Chebyshev scalarisation';
  const scales = request.objectives.some(({ scale }) => scale === 'log')
    ? ', logarithms where the objective asks for them'
    : '';
  const besides = requirements.length > 0 ? `, weighted by the chance that a configuration works` : '';
  return `noisy ${aim}, Gaussian process of ${plural(m, 'objective')} over ${plural(points.length, 'result')}${scales}${besides}`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
