/** Accounted trials -> what the proposer may know of them. */

import type { Campaign } from '../../shared/domain/campaign.js';
import { randomJoules } from '../../shared/domain/measurement.js';
import type { ProposalRequest, ProposerObservation } from '../../shared/domain/proposal.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import type { ProposalRecord } from '../store/store.js';

/**
 * Energies of different provenance are never one series: a class metered in two ways is two tasks.
 *
 * A failure without an observation belongs to the class that it was bound to, or to any.
 */
export function observationOf(campaign: Campaign, result: TrialResult): ProposerObservation {
  const { trial, observation, objectives, energies } = result;
  const provenance = Object.values(energies).flatMap((energy) => (energy.kind === 'usable' ? [energy.provenance] : []));
  const hardwareClass = observation?.hardwareClass ?? trial.hardwareClass ?? '';
  return {
    configuration: trial.configuration,
    task: [hardwareClass, ...new Set(provenance)].join(' / '),
    values: campaign.objectives.map(({ name }) => objectives[name]),
    noise: campaign.objectives.map(({ name }) => {
      const energy = energies[name];
      if (energy?.kind !== 'usable') return undefined;
      const noise = randomJoules(energy.uncertainty) / (energy.items ?? 1);
      return Number.isFinite(noise) ? noise : undefined;
    }),
    constraintValues: campaign.constraints.map(({ metric }) => objectives[metric] ?? observation?.metrics[metric]),
    feasible: trial.state === 'completed',
  };
}

/** The request behind a journaled proposal; `history` is the whole history, of which it saw the beginning. */
export function requestOf(
  campaign: Campaign,
  record: Pick<ProposalRecord, 'index' | 'count' | 'historyVersion' | 'pending'>,
  history: readonly ProposerObservation[],
): ProposalRequest {
  return {
    space: campaign.space,
    objectives: campaign.objectives,
    constraints: campaign.constraints,
    settings: campaign.proposer,
    seed: campaign.seed,
    index: record.index,
    count: record.count,
    history: history.slice(0, record.historyVersion),
    pending: record.pending,
  };
}
