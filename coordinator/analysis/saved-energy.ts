/** What stopping trials early saved: an estimate, since nobody ran them to their end. */

import { PROVENANCES, type Provenance } from '../../shared/domain/measurement.js';
import { formatQuantity } from '../../shared/domain/quantity.js';
import type { UncertainJoules } from '../../shared/domain/stopping.js';
import type { TrialResult } from '../../shared/domain/trial.js';

export interface SavedEnergy extends UncertainJoules {
  readonly provenance: Provenance;
  readonly trials: number;
}

/** Such as `about 1.2 kJ ± 40 J (model)`. */
export const savedText = ({ value, standard, provenance }: Omit<SavedEnergy, 'trials'>): string =>
  `about ${formatQuantity(value, 'J')} ± ${formatQuantity(standard, 'J')} (${provenance})`;

/**
 * Sums by provenance, worst first; trials of which it is not known are left out.
 *
 * Uncertainties are added up as if all estimates were wrong in the same direction, since they come of the same curves.
 */
export function savedEnergy(results: readonly Pick<TrialResult, 'stopped'>[]): readonly SavedEnergy[] {
  const all = results.flatMap(({ stopped }) => stopped?.saved ?? []);
  return PROVENANCES.map((provenance) => {
    const own = all.filter((saved) => saved.provenance === provenance);
    const sum = (pick: (saved: UncertainJoules) => number): number => own.reduce((total, one) => total + pick(one), 0);
    return { provenance, trials: own.length, value: sum(({ value }) => value), standard: sum((one) => one.standard) };
  }).filter(({ trials }) => trials > 0);
}
