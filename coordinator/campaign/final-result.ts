/** A trial in a final state with its values, and with what stopping it early saved. */

import type { Campaign } from '../../shared/domain/campaign.js';
import { boundaryFor, worstProvenance, BOUNDARY_PARTS } from '../../shared/domain/measurement.js';
import { resultOf } from '../../shared/domain/objective-values.js';
import { stoppedText } from '../../shared/domain/stopping.js';
import type { StoppedEarly, StoppingEstimate } from '../../shared/domain/stopping.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { joulesWithin } from '../stopping/attempt-curve.js';
import type { Store, StoredTrial } from '../store/store.js';

export function finalResult(store: Store, campaign: Campaign, stored: StoredTrial): TrialResult {
  const { trial, accountedAttempt: attempt } = stored;
  const observation = store.observation(trial.id);
  const result = resultOf(campaign, trial, observation && attempt !== undefined ? { attempt, observation } : undefined);
  const decision = store.stopDecisions(trial.id).find((one) => one.attempt === attempt);
  if (trial.state !== 'stopped-early' || !decision || attempt === undefined) return result;
  const stopped: StoppedEarly = { estimate: decision.estimate, ...savedBy(store, campaign, { ...decision, attempt }) };
  const reason = `stopped early ${stoppedText(stopped)}`;
  return { ...result, stopped, missing: Object.fromEntries(campaign.objectives.map(({ name }) => [name, reason])) };
}

interface StoppedAttempt {
  readonly trial: StoredTrial['trial']['id'];
  readonly attempt: number;
  readonly estimate: StoppingEstimate;
}

/** Nothing where the estimate or the energy spent is not known. */
function savedBy(store: Store, campaign: Campaign, stopped: StoppedAttempt): Pick<StoppedEarly, 'saved'> {
  const { trial, attempt, estimate } = stopped;
  const energy = store.attemptEnergy(trial, attempt);
  const held = store.attemptsOf(trial).find((one) => one.attempt === attempt);
  const boundary = boundaryFor(campaign.measurement.boundary, held?.devices ?? []);
  const spent = joulesWithin(energy, boundary);
  const covered = energy.filter(({ part }) => BOUNDARY_PARTS[boundary].includes(part));
  const provenance = worstProvenance(covered.map((one) => one.provenance));
  if (!estimate.joules || spent === undefined || provenance === undefined) return {};
  const { value, standard } = estimate.joules;
  return { saved: { value: value - spent, standard, provenance } };
}
