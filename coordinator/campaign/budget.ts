/** When a campaign has used up what it was given. The first limit reached ends it; running trials are finished. */

import type { Budget } from '../../shared/domain/campaign.js';
import { formatDuration, formatQuantity } from '../../shared/domain/quantity.js';

export interface Usage {
  readonly activeSeconds: number;
  /** Energy of all attempts, whatever its provenance: a limit must count everything. */
  readonly joules: number;
}

/** The limit in time or energy that is reached, as a text; `undefined`: none. */
export function limitReached(budget: Budget, { activeSeconds, joules }: Usage): string | undefined {
  if (budget.hours !== undefined && activeSeconds >= budget.hours * 3600) {
    return `budget: ${formatDuration(budget.hours * 3600)}`;
  }
  if (budget.energyJoules !== undefined && joules >= budget.energyJoules) {
    return `budget: ${formatQuantity(budget.energyJoules, 'J')} of search energy`;
  }
  return undefined;
}

/** Configurations that may still be proposed when each becomes `trialsEach` trials. */
export function configurationsLeft(
  budget: Budget,
  done: { readonly configurations: number; readonly trials: number },
  trialsEach: number,
): number {
  if (budget.trials === undefined) return Infinity;
  if (budget.counts === 'configurations') return Math.max(0, budget.trials - done.configurations);
  const left = Math.floor((budget.trials - done.trials) / trialsEach);
  return done.trials === 0 ? Math.max(1, left) : Math.max(0, left);
}

/** Such as `18 trials` or `1 configuration`. */
export const trialBudgetText = (trials: number, counts: Budget['counts']): string =>
  `${trials} ${trials === 1 ? { trials: 'trial', configurations: 'configuration' }[counts] : counts}`;
