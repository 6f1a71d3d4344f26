/** The front of what a study knows: means over the runs of each configuration, within one class of hardware. */

import type { Configuration } from '../../shared/domain/configuration.js';
import type { Objective, OutcomeConstraint } from '../../shared/domain/campaign.js';
import { present } from '../../shared/domain/present.js';
import { groupedBy } from '../analysis/grouped-by.js';
import { signed } from '../analysis/outcome-groups.js';
import { nonDominated } from '../pareto/dominance.js';
import { hypervolume } from '../pareto/hypervolume.js';
import type { Run } from './study-book.js';

/** One member of a front. */
export interface FrontMember {
  readonly id: number;
  readonly configuration: Configuration;
  /** Means over its runs, in user units, by objective. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly runs: number;
}

/** The best outcomes of one class, and how much they dominate. */
export interface BestOutcomes {
  /** Best value of the first objective first. */
  readonly front: readonly FrontMember[];
  /** By objective, in user units; absent before anything is known. */
  readonly reference?: Readonly<Record<string, number>>;
  /** In the product of the objectives' units; absent without a reference, and where it is too large or too costly. */
  readonly hypervolume?: number;
}

export interface BestInput {
  readonly objectives: readonly Objective[];
  readonly constraints: readonly OutcomeConstraint[];
  readonly runs: readonly Run[];
  readonly reference?: readonly number[] | undefined;
}

/** With more objectives the exact volume takes time that grows with a high power of the front's size. */
const MOST_OBJECTIVES = 4;

/** The front over all configurations of which every objective is known and every outcome constraint holds. */
export function bestOutcomes({ objectives, constraints, runs, ...input }: BestInput): BestOutcomes {
  const complete = runs.filter(({ observation }) => observation.values.every((value) => value !== undefined));
  const candidates = [...groupedBy(complete, ({ id }) => id).values()]
    .filter((group) => keeps(constraints, group))
    .map((group) => candidateOf(objectives, group));
  const points = Float64Array.from(candidates.flatMap(({ point }) => point));
  const front = nonDominated(points, objectives.length).map((i) => present(candidates[i], 'front member'));
  // Outcomes near the largest number have none: the margin beyond them is no number.
  const reference = input.reference?.every(Number.isFinite) ? input.reference : undefined;
  const volume = reference && volumeOf(points, objectives, reference);
  return {
    front: front
      .sort((a, b) => present(a.point[0], 'value') - present(b.point[0], 'value'))
      .map(({ member }) => member),
    ...(reference && { reference: byName(objectives, reference) }),
    ...(volume !== undefined && { hypervolume: volume }),
  };
}

interface Candidate {
  readonly member: FrontMember;
  /** Its outcomes, turned so that less is better. */
  readonly point: readonly number[];
}

function candidateOf(objectives: readonly Objective[], group: readonly Run[]): Candidate {
  const { id, observation } = present(group[0], 'run');
  const means = objectives.map((_, j) => mean(group.map((run) => present(run.observation.values[j], 'value'))));
  return {
    member: {
      id,
      configuration: observation.configuration,
      outcomes: byName(objectives, means),
      runs: group.length,
    },
    point: objectives.map(({ goal }, j) => signed(goal, present(means[j], 'mean'))),
  };
}

const byName = (objectives: readonly Objective[], values: readonly number[]): Readonly<Record<string, number>> =>
  Object.fromEntries(objectives.map(({ name }, j) => [name, present(values[j], name)]));

/** A constraint on a metric that no run told does not hold. */
const keeps = (constraints: readonly OutcomeConstraint[], group: readonly Run[]): boolean =>
  constraints.every(({ relation, bound }, k) => {
    const value = mean(group.map(({ observation }) => observation.constraintValues?.[k] ?? NaN));
    return relation === '<=' ? value <= bound : value >= bound;
  });

function volumeOf(
  points: Float64Array,
  objectives: readonly Objective[],
  reference: readonly number[],
): number | undefined {
  const bound = Float64Array.from(objectives, ({ name, goal }, j) => signed(goal, present(reference[j], name)));
  if (objectives.length > MOST_OBJECTIVES) return undefined;
  const volume = hypervolume(points, objectives.length, bound);
  return Number.isFinite(volume) ? volume : undefined;
}

/** Of numbers whose sum may be too large. */
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);
