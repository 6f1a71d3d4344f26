/** The front of one group of outcomes. */

import type { Objective } from '../../shared/domain/campaign.js';
import { nonDominated } from '../pareto/dominance.js';
import { minimised, type Outcome, type OutcomeGroup } from './outcome-groups.js';

/** Non-dominated outcomes that meet the constraints, best value of the first objective first. */
export function frontOf(objectives: readonly Objective[], { outcomes }: OutcomeGroup): Outcome[] {
  const feasible = outcomes.filter(({ feasible }) => feasible);
  const points = minimised(objectives, feasible);
  const m = objectives.length;
  return nonDominated(points, m)
    .sort((a, b) => points[a * m]! - points[b * m]! || a - b)
    .map((i) => feasible[i]!);
}
