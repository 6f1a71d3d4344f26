/** Fits everything that is modelled about a campaign: objectives, outcome constraints, and what fails. */

import type { Objective, OutcomeConstraint } from '../../shared/domain/campaign.js';
import type { Requirement } from './feasibility.js';
import { mostTelling } from './most-telling.js';
import { toMinimised, toMinimisedNoise } from './objective-scale.js';
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

/** Fits all models, or tells in one clause why that cannot be done yet. */
export function fitModels(context: RequestContext): FittedModels | string {
  const { request, kinds, task } = context;
  const points = mostTelling(context.points, request.objectives);
  const values = request.objectives.map((objective, j) => valuesOf(points, objective, j));
  const lacking = values.findIndex((list) => list.length < FEWEST_VALUES);
  if (lacking >= 0) {
    return `"${request.objectives[lacking]!.name}" is known for ${values[lacking]!.length} configurations so far`;
  }
  return {
    objectives: request.objectives.map(({ from }, j) =>
      fitValueModel(values[j]!, { kinds, task, centreTasks: from === 'energy' }),
    ),
    requirements: [...failureRequirement(context, points), ...constraintRequirements(context, points)],
    working: distinct(points.filter(({ observation }) => observation.feasible)),
  };
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
 * A process over +1 for failed and -1 for working configurations, which must stay below 0.
 *
 * All classes count as one: a proposal may be run on any of them.
 */
function failureRequirement({ kinds, task }: RequestContext, points: readonly ModelPoint[]): Requirement[] {
  const values = points.map((point) => ({
    point: { ...point, task },
    value: point.observation.feasible ? -1 : 1,
    noise: 0,
  }));
  if (!values.some(({ value }) => value > 0)) return [];
  const model = fitValueModel(values, { kinds, task, centreTasks: false });
  return [{ model, bound: standardise(model, 0) }];
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
      ? [{ point, value: signOf(constraint) * value, noise: 0 }]
      : [];
  });
}

const signOf = ({ relation }: OutcomeConstraint): number => (relation === '<=' ? 1 : -1);

function distinct(points: readonly ModelPoint[]): ModelPoint[] {
  const byFeatures = new Map(points.map((point) => [point.features.join(), point]));
  return [...byFeatures.values()];
}
