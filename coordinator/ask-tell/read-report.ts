/** From what a program tells of a run to what the proposer may know of it; every slip is one clear sentence. */

import type { Objective, OutcomeConstraint } from '../../shared/domain/campaign.js';
import { UsageError } from '../../shared/domain/errors.js';
import { shown, suggestion } from '../../shared/schema/fault.js';
import type { Report } from '../../shared/schema/report-schema.js';
import type { StudyDefinition } from '../../shared/schema/study-schema.js';

type Values = Readonly<Record<string, number | null>>;

/** What one run yielded, in the orders of the study's objectives and constraints; `undefined` where it is unknown. */
export interface RunResult {
  readonly values: readonly (number | undefined)[];
  readonly noise: readonly (number | undefined)[];
  readonly constraintValues: readonly (number | undefined)[];
  readonly failure?: string;
}

/**
 * The result that a report tells.
 *
 * @throws {UsageError} for names that are unknown, values that the scale of their objective has no place for, and a
 *   report without anything in it.
 */
export function readReport(definition: StudyDefinition, report: Report): RunResult {
  const { objectives, constraints } = definition;
  const { outcomes = {}, standardErrors = {}, failure } = report;
  const result = {
    values: objectives.map((objective) => known(outcomes, namesOf(objective))),
    noise: objectives.map((objective) => known(standardErrors, namesOf(objective))),
    constraintValues: constraints.map((constraint) => known(outcomes, metricNames(objectives, constraint))),
  };
  checkNames(definition, report);
  if (failure !== undefined) return { ...result, failure };
  if ([...result.values, ...result.constraintValues].every((value) => value === undefined)) {
    const names = outcomeNames(definition).join(', ');
    throw new UsageError(`no outcome is told. Tell at least one of ${names}, or a failure such as "diverged".`);
  }
  objectives.forEach((objective, j) => checkScale(objective, result.values[j]));
  return result;
}

/** An objective may be told by its own name or by its metric's. */
const namesOf = (objective: Objective): readonly string[] =>
  objective.from === 'metric' ? [objective.name, objective.metric] : [objective.name];

/** The metric of a constraint may be that of an objective. */
function metricNames(objectives: readonly Objective[], { metric }: OutcomeConstraint): readonly string[] {
  const same = objectives.find((objective) => namesOf(objective).includes(metric));
  return same ? [metric, ...namesOf(same)] : [metric];
}

const outcomeNames = ({ objectives, constraints }: StudyDefinition): readonly string[] => [
  ...new Set([...objectives.map(({ name }) => name), ...constraints.map(({ metric }) => metric)]),
];

function known(values: Values, names: readonly string[]): number | undefined {
  const name = names.find((each) => Object.hasOwn(values, each) && values[each] !== null);
  return name === undefined ? undefined : (values[name] ?? undefined);
}

function checkNames(definition: StudyDefinition, { outcomes = {}, standardErrors = {}, failure }: Report): void {
  const names = outcomeNames(definition);
  const told = [...names, ...definition.objectives.flatMap(namesOf)];
  const unknown = Object.keys(outcomes).find((name) => !told.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `outcomes: ${shown(unknown)} is neither an objective nor a constraint. ${suggestion(unknown, names, 'objective')}`,
    );
  }
  if (failure !== undefined && Object.keys(outcomes).length > 0) {
    throw new UsageError('a run has either outcomes or a failure. Remove one of the two.');
  }
  const modelled = definition.objectives.flatMap(namesOf);
  const lone = Object.keys(standardErrors).find((name) => !modelled.includes(name) || !Object.hasOwn(outcomes, name));
  if (lone === undefined) return;
  throw new UsageError(
    modelled.includes(lone)
      ? `standardErrors: ${shown(lone)} has no outcome here. Tell it under outcomes, by the same name.`
      : `standardErrors: ${shown(lone)} is no objective. ${suggestion(lone, modelled, 'objective')}`,
  );
}

function checkScale({ name, scale }: Objective, value: number | undefined): void {
  if (scale !== 'log' || value === undefined || value > 0) return;
  throw new UsageError(
    `outcomes.${name}: is ${value}, but a log scale needs > 0. ` +
      'Leave it out, tell a failure, or write "scale: linear" for this objective.',
  );
}
