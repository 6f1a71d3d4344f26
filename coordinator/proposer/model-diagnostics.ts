/** What the models of a campaign say of themselves: how well they predict, and which parameters they think matter. */

import type { ProposalRequest } from '../../shared/domain/proposal.js';
import { diagnose, type PointPairs, type ProcessDiagnostics } from '../surrogate/diagnostics.js';
import { freshCandidates, randomPoints } from './candidate.js';
import { chooseMethod } from './choose-method.js';
import { fitModels } from './fit-models.js';
import { contextOf, type RequestContext } from './request-context.js';

/** The model of one objective where it predicts for one class. */
export interface ModelDiagnosis {
  readonly objective: string;
  /** As in the history; absent: one model serves all classes. */
  readonly task?: string;
  /** Results of it that were predicted from all others. */
  readonly results: number;
  /** Share of these within one and within two predicted deviations; as they should be: 0.68 and 0.95. */
  readonly withinOne: number;
  readonly withinTwo: number;
  /** Root mean square error of those predictions over the spread of the values; 1 is as good as their mean. */
  readonly error: number;
  readonly parameters: readonly ParameterDiagnosis[];
}

export interface ParameterDiagnosis {
  readonly name: string;
  /** Distance over which values resemble each other, in units of the parameter's range. */
  readonly lengthscale: number;
  /** Share of what the prediction varies by that is due to it alone, and with all that act together with it. */
  readonly alone: number;
  readonly together: number;
}

/** Fewer results of a class say nothing of how well it is predicted. */
const FEWEST_RESULTS = 5;
/** Classes that are told of; each takes a fit. */
const MOST_TASKS = 4;
/** Pairs of points by which importance is estimated. */
const PAIRS = 256;

/**
 * Fits the models to the whole history of a request, as the next proposal would.
 *
 * @returns nothing where no model chooses, or too little is known.
 * @throws {DomainError} if the space has a fault.
 */
export function diagnoseModels(request: ProposalRequest): readonly ModelDiagnosis[] {
  const context = contextOf(request);
  const tasks = tasksByCount(request).slice(0, MOST_TASKS);
  const isModelled = chooseMethod(request, context.space).kind === 'model' && context.space.dimension > 0;
  if (!isModelled || tasks.length === 0) return [];
  const points = pointPairs(context);
  return tasks.flatMap((task, rank) => {
    const models = fitModels(contextOf({ ...request, task }));
    if (typeof models === 'string') return [];
    return models.objectives.flatMap(({ process }, j) => {
      const objective = request.objectives[j]!;
      const isOwn = objective.from === 'energy';
      // What does not depend on the class has one model, told of with the first.
      if (!isOwn && rank > 0) return [];
      return diagnosisOf(context, diagnose(process, points), { objective: objective.name, ...(isOwn && { task }) });
    });
  });
}

/** Tasks with enough results, the most first. */
function tasksByCount({ history }: ProposalRequest): readonly string[] {
  const counts = new Map<string, number>();
  for (const { task, feasible } of history) if (feasible) counts.set(task, (counts.get(task) ?? 0) + 1);
  const enough = [...counts].filter(([, count]) => count >= FEWEST_RESULTS);
  return enough.sort((a, b) => b[1] - a[1]).map(([task]) => task);
}

function diagnosisOf(
  { space }: RequestContext,
  { calibration, lengthscales, importance }: ProcessDiagnostics,
  subject: Pick<ModelDiagnosis, 'objective' | 'task'>,
): readonly ModelDiagnosis[] {
  if (calibration.count < FEWEST_RESULTS) return [];
  return [
    {
      ...subject,
      results: calibration.count,
      withinOne: calibration.withinOne,
      withinTwo: calibration.withinTwo,
      error: calibration.error,
      parameters: space.axes.map(({ parameter }, c) => ({
        name: parameter.name,
        lengthscale: lengthscales[c]!,
        alone: importance.first[c]!,
        together: importance.total[c]!,
      })),
    },
  ];
}

/** Legal points of the space; a small one gives each of its own once, again and again. */
function pointPairs({ request, space }: RequestContext): PointPairs {
  const seed = `${request.seed}/diagnostics`;
  const drawn = freshCandidates(space, randomPoints(space.dimension, seed), { start: 0, known: new Set(), seed });
  const features: Float64Array[] = [];
  for (const candidate of drawn) {
    features.push(candidate.features);
    if (features.length === 2 * PAIRS) break;
  }
  const at = (first: number): Float64Array =>
    Float64Array.from(
      Array.from({ length: PAIRS }, (_, i) => Array.from(features[(first + i) % features.length]!)).flat(),
    );
  return { A: at(0), B: at(Math.ceil(features.length / 2)) };
}
