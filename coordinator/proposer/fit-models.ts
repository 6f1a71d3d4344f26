/** Fits everything that is modelled about a campaign: objectives, outcome constraints, and what fails. */

import type { Objective, OutcomeConstraint } from '../../shared/domain/campaign.js';
import { withBelievedPoints } from '../surrogate/believed-points.js';
import { MOST_DRAWN } from './baseline.js';
import type { Requirement } from './feasibility.js';
import { mostTelling } from './most-telling.js';
import { toMinimised, toMinimisedNoise, withinReach } from './objective-scale.js';
import type { RequestContext } from './request-context.js';
import { fitValueModel, standardise, type ModelPoint, type ModelValue, type ValueModel } from './value-model.js';

export interface FittedModels {
  /** One per objective. */
  readonly objectives: readonly ValueModel[];
  /** What must hold besides. */
  readonly requirements: readonly Requirement[];
  /** Points that worked, one for each configuration. */
  readonly working: readonly ModelPoint[];
}

/** Values of an objective below which nothing is modelled. */
const FEWEST_VALUES = 2;
/** Trials of earlier campaigns that are learnt from, at most. */
const MOST_EARLIER = 150;
/** Of the pending configurations that the acquisition does not draw jointly, the latest are believed, this many. */
const MOST_OLDER = 200;
/** The failure that tells of a class, not of the configuration alone. */
const OUT_OF_MEMORY = 'out-of-memory';

/** Fits all models, or tells in one clause why that cannot be done yet. */
export function fitModels(context: RequestContext): FittedModels | string {
  const { request, kinds, task } = context;
  const points = mostTelling(context.points, request.objectives);
  const known = request.objectives.map((objective, j) => valuesOf(points, objective, j));
  const lacking = known.findIndex((list) => list.length < FEWEST_VALUES);
  if (lacking >= 0) {
    return `"${request.objectives[lacking]!.name}" is known for ${known[lacking]!.length} configurations so far`;
  }
  const all = [...points, ...earlierPoints(context)];
  const older = olderPending(context);
  return {
    objectives: request.objectives.map((objective, j) => {
      const values = valuesOf(all, objective, j);
      const model = fitValueModel(values, { kinds, task, centreTasks: differsByClass(objective) });
      return { ...model, process: withBelievedPoints(model.process, older) };
    }),
    requirements: [...failureRequirements(context, all), ...constraintRequirements(context, all)],
    working: distinct(points.filter(({ observation }) => observation.feasible)),
  };
}

/** Features of the pending configurations that are too many to be drawn jointly with the front, the latest of them. */
const olderPending = ({ request, space }: RequestContext): Float64Array[] =>
  request.pending
    .slice(0, -MOST_DRAWN)
    .slice(-MOST_OLDER)
    .filter(space.isValid)
    .map((configuration) => space.encode(configuration));

/** Energy depends on the machine; what a trained model is worth does not, while its training is not cut off by the clock. */
const differsByClass = ({ from }: Objective): boolean => from === 'energy';

/** The most telling trials of earlier campaigns; each of their classes is a task of its own. */
function earlierPoints({ request, space, points, task }: RequestContext): readonly ModelPoint[] {
  const { earlier = [], objectives } = request;
  const first = points.reduce((most, point) => Math.max(most, point.task), task) + 1;
  const names = [...new Set(earlier.map((observation) => observation.task))];
  const legal = earlier
    .filter(({ configuration }) => space.isValid(configuration))
    .map((observation) => ({
      observation,
      features: space.encode(observation.configuration),
      task: first + names.indexOf(observation.task),
      isEarlier: true,
    }));
  return mostTelling(legal, objectives, MOST_EARLIER);
}

function valuesOf(points: readonly ModelPoint[], objective: Objective, j: number): ModelValue[] {
  return points.flatMap((point) => {
    const { feasible, values, noise } = point.observation;
    const given = values[j];
    if (!feasible || given === undefined) return [];
    const value = toMinimised(objective, given);
    const uncertainty = toMinimisedNoise(objective, given, noise[j] ?? 0);
    return Number.isFinite(value) ? [{ point, value, noise: Number.isFinite(uncertainty) ? uncertainty : 0 }] : [];
  });
}

/**
 * Processes over +1 for failed and -1 for working configurations, which must stay below 0.
 *
 * Running out of memory depends on the class, so that it has a process in which classes are tasks; all else that fails
 * does so anywhere.
 */
function failureRequirements({ kinds, task }: RequestContext, points: readonly ModelPoint[]): Requirement[] {
  const isOutOfMemory = ({ observation }: ModelPoint): boolean => observation.failure === OUT_OF_MEMORY;
  const cases = [
    { points: points.filter((point) => point.observation.feasible || isOutOfMemory(point)), centreTasks: true },
    { points: points.filter((point) => !isOutOfMemory(point)), centreTasks: false },
  ];
  return cases.flatMap(({ points: told, centreTasks }) => {
    if (told.every(({ observation }) => observation.feasible)) return [];
    const values = told.map((point) => ({ point, value: point.observation.feasible ? -1 : 1, noise: 0 }));
    const model = fitValueModel(values, { kinds, task, centreTasks, sharesScale: true });
    return [{ model, bound: standardise(model, 0) }];
  });
}

function constraintRequirements(context: RequestContext, points: readonly ModelPoint[]): Requirement[] {
  const { request, kinds, task } = context;
  return request.constraints.flatMap((constraint, k) => {
    const values = constraintValues(points, constraint, k);
    if (values.length < FEWEST_VALUES) return [];
    const model = fitValueModel(values, { kinds, task, centreTasks: false });
    return [{ model, bound: standardise(model, signOf(constraint) * constraint.bound) }];
  });
}

function constraintValues(points: readonly ModelPoint[], constraint: OutcomeConstraint, k: number): ModelValue[] {
  return points.flatMap((point) => {
    const value = point.observation.constraintValues?.[k];
    return value !== undefined && Number.isFinite(value)
      ? [{ point, value: withinReach(signOf(constraint) * value), noise: 0 }]
      : [];
  });
}

const signOf = ({ relation }: OutcomeConstraint): number => (relation === '<=' ? 1 : -1);

function distinct(points: readonly ModelPoint[]): ModelPoint[] {
  const byFeatures = new Map(points.map((point) => [point.features.join(), point]));
  return [...byFeatures.values()];
}
