/** The reference point that reports use: thresholds where the user gave them, else found once and frozen. */

import type { Campaign, Objective } from '../../shared/domain/campaign.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { chooseReference } from '../pareto/reference-point.js';
import { present } from '../../shared/domain/present.js';

/**
 * The reference in user units, or `undefined` while too little is known.
 *
 * It is frozen once the start-up trials are done (`final`: with whatever there is), so that the hypervolume's history
 * changes by data alone.
 */
export function reportingReference(
  { objectives, proposer }: Pick<Campaign, 'objectives' | 'proposer'>,
  results: readonly Pick<TrialResult, 'objectives'>[],
  final: boolean,
): readonly number[] | undefined {
  const given = objectives.flatMap(({ threshold }) => threshold ?? []);
  if (given.length === objectives.length) return given;
  const known = results.filter((result) => objectives.every(({ name }) => Number.isFinite(result.objectives[name])));
  const enough = Math.max(2, Math.min(proposer.start, 16));
  if (known.length < (final ? 1 : enough)) return undefined;
  const rows = known.flatMap((result) =>
    objectives.map((objective) => inner(objective, present(result.objectives[objective.name], objective.name))),
  );
  const thresholds = objectives.map((objective) =>
    objective.threshold === undefined ? undefined : inner(objective, objective.threshold),
  );
  const reference = chooseReference(Float64Array.from(rows), thresholds);
  return objectives.map((objective, j) => outer(objective, present(reference[j], 'reference')));
}

/** Minimised, and a logarithm where the objective is modelled so: margins become factors. */
function inner({ goal, scale }: Objective, value: number): number {
  const scaled = scale === 'log' ? Math.log(value) : value;
  return goal === 'maximize' ? -scaled : scaled;
}

function outer({ goal, scale }: Objective, value: number): number {
  const scaled = goal === 'maximize' ? -value : value;
  return scale === 'log' ? Math.exp(scaled) : scaled;
}
