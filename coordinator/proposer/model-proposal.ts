/** Proposals of the model: the configuration with the largest expected improvement, one after the other. */

import { nonDominated } from '../pareto/dominance.js';
import { chooseReference } from '../pareto/reference-point.js';
import { squaredDifference } from '../surrogate/features.js';
import { improvementModel } from './baseline.js';
import { candidateFrom, type Candidate } from './candidate.js';
import { logExpectedImprovement } from './expected-improvement.js';
import { logFeasibility, logFirstFeasible } from './feasibility.js';
import { fitModels, type FittedModels } from './fit-models.js';
import { improvementBox, type ImprovementBox } from './improvement-box.js';
import { lookAround, spread, stepSizes } from './looks.js';
import { maximiseAcquisition, type Acquisition } from './maximise.js';
import type { ReadyMethod } from './ready-method.js';
import type { RequestContext } from './request-context.js';
import { chebyshev } from './scalarise.js';
import { fitCostModel, logExpectedCost } from './search-cost.js';
import { isStalled } from './stalled.js';
import { fitValueModel, predictedMean, standardise, type ModelPoint, type ValueModel } from './value-model.js';

/** Objectives up to which hypervolume is improved; above it, random scalarisations are. */
const MOST_OBJECTIVES = 4;
/** Evenly spread candidates among which the most remote is taken where the models mislead. */
const REMOTE_LOOKS = 256;

/** What is the same for all proposals of a request. */
interface Plan {
  readonly context: RequestContext;
  readonly models: FittedModels;
  /** Present when improvement is weighed against search energy. */
  readonly cost: ValueModel | undefined;
  /** Finished configurations that kept the outcome constraints and that no other is predicted to dominate. */
  readonly front: readonly ModelPoint[];
  readonly aim: 'improve' | 'become feasible' | 'explore once';
  readonly box: () => ImprovementBox;
}

/** Fits the models once for a request, or tells in one clause why that cannot be done yet. */
export function modelProposer(context: RequestContext): ReadyMethod | string {
  const models = fitModels(context);
  if (typeof models === 'string') return models;
  const front = predictedFront(context, models);
  let box: ImprovementBox | undefined;
  const plan: Plan = {
    context,
    models,
    front,
    cost: fitCostModel(context),
    aim: aimOf(context, models, front),
    box: () => (box ??= improvementBox(context, models, candidatesOf(context, front))),
  };
  return {
    next: (index, pending, known) => nextByModel({ plan, index, pending, known }),
    method: describe(plan),
  };
}

function aimOf(context: RequestContext, models: FittedModels, front: readonly ModelPoint[]): Plan['aim'] {
  if (models.requirements.length > 0 && front.length === 0) return 'become feasible';
  const features = new Set(front.map((point) => point.features.join()));
  return isStalled(context, models, features) ? 'explore once' : 'improve';
}

interface Step {
  readonly plan: Plan;
  readonly index: number;
  readonly pending: readonly Candidate[];
  readonly known: ReadonlySet<string>;
}

function nextByModel(step: Step): Candidate | undefined {
  const { plan, index, known } = step;
  const { context, models } = plan;
  if (plan.aim === 'explore once' && index === context.request.index) return mostRemote(step);
  const centres = candidatesOf(context, plan.front);
  return maximiseAcquisition({
    space: context.space,
    known,
    candidates: lookAround({ context, known, centres, seed: `${context.request.seed}/${index}` }),
    steps: stepSizes([...models.objectives, ...models.requirements.map(({ model }) => model)]),
    acquisition: plan.aim === 'become feasible' ? feasibility(step) : improvement(step),
  });
}

function feasibility({ plan: { context, models }, index, pending }: Step): Acquisition {
  return logFirstFeasible(models.requirements, {
    pending: pending.map(({ features }) => features),
    seed: `${context.request.seed}/${index}/feasible`,
  });
}

/** Log expected improvement, times the chance that the configuration is feasible, per joule where asked for. */
function improvement(step: Step): Acquisition {
  const { context, models, cost } = step.plan;
  const { requirements, working } = models;
  const gain = logExpectedImprovement(
    improvementModel({
      ...target(step),
      requirements,
      finished: working.map(({ features }) => features),
      pending: step.pending.map(({ features }) => features),
      seed: `${context.request.seed}/${step.index}`,
    }),
  );
  const price = cost && logExpectedCost(cost);
  return (features, gradient) => {
    if (!price) return gain(features, gradient) + logFeasibility(requirements, features, gradient);
    const slope = gradient && new Float64Array(gradient.length);
    const joules = price(features, slope);
    slope?.forEach((value, c) => (gradient![c]! -= value));
    return gain(features, gradient) + logFeasibility(requirements, features, gradient) - joules;
  };
}

interface Target {
  readonly models: readonly ValueModel[];
  /** Standardised. */
  readonly reference: Float64Array;
}

/** What is improved: all objectives, or one random scalarisation of many. */
function target({ plan: { context, models, box }, index }: Step): Target {
  const { request, kinds, task } = context;
  const m = models.objectives.length;
  if (m <= MOST_OBJECTIVES) return { models: models.objectives, reference: box().reference(index) };
  const predicted = Float64Array.from(models.working.flatMap((point) => predictAll(models, point)));
  const scalars = chebyshev(predicted, m, `${request.seed}/${index}/weights`);
  const values = models.working.map((point, i) => ({ point: { ...point, task }, value: scalars[i]!, noise: 0 }));
  const model = fitValueModel(values, { kinds, task, centreTasks: false, warm: models.objectives[0]! });
  return { models: [model], reference: Float64Array.of(standardise(model, chooseReference(scalars, [undefined])[0]!)) };
}

/** The legal new configuration that lies furthest from all that are finished or pending, by the models' lengthscales. */
function mostRemote({ plan: { context, models }, index, pending, known }: Step): Candidate | undefined {
  const lengths = stepSizes(models.objectives);
  const taken = [...context.points, ...pending].map(({ features }) => features);
  const remoteness = ({ features }: Candidate): number => Math.min(...taken.map((other) => gap(features, other)));
  const gap = (a: Float64Array, b: Float64Array): number =>
    context.kinds.reduce((sum, kind, c) => sum + squaredDifference(kind, a[c]!, b[c]!) / lengths[c]! ** 2, 0);
  const looks = [...spread({ context, known, centres: [], seed: `${context.request.seed}/${index}` }, REMOTE_LOOKS)];
  return looks
    .map((candidate) => ({ candidate, distance: remoteness(candidate) }))
    .sort((a, b) => b.distance - a.distance)[0]?.candidate;
}

const candidatesOf = ({ space }: RequestContext, points: readonly ModelPoint[]): Candidate[] =>
  points.map(({ observation }) => candidateFrom(space, observation.configuration));

const predictAll = ({ objectives }: FittedModels, { features }: ModelPoint): number[] =>
  objectives.map((model) => predictedMean(model, features));

function predictedFront({ request }: RequestContext, models: FittedModels): ModelPoint[] {
  const feasible = models.working.filter(({ observation }) =>
    request.constraints.every(({ relation, bound }, k) => {
      const value = observation.constraintValues?.[k] ?? NaN;
      return relation === '<=' ? value <= bound : value >= bound;
    }),
  );
  const means = Float64Array.from(feasible.flatMap((point) => predictAll(models, point)));
  return nonDominated(means, models.objectives.length).map((i) => feasible[i]!);
}

function describe({ context: { request, points }, models, aim, cost }: Plan): string {
  const m = models.objectives.length;
  const data = `Gaussian process of ${plural(m, 'objective')} over ${plural(points.length, 'result')}`;
  const scales = request.objectives.some(({ scale }) => scale === 'log')
    ? ', logarithms where the objective asks for them'
    : '';
  if (aim === 'become feasible') {
    return `chance that the constraints hold, since nothing that keeps them is known yet, ${data}`;
  }
  const detour =
    aim === 'explore once'
      ? 'one remote configuration, since the last results gained nothing and surprised; else '
      : '';
  const besides = models.requirements.length > 0 ? ', weighted by the chance that a configuration works' : '';
  const price = cost ? ', per joule of search energy' : '';
  return `${detour}noisy ${aimText(m)}, ${data}${scales}${besides}${price}`;
}

function aimText(m: number): string {
  if (m === 1) return 'expected improvement';
  return m <= MOST_OBJECTIVES
    ? 'expected hypervolume improvement'
    : 'expected improvement of a random Chebyshev scalarisation';
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
