/** Accounted trials -> what the proposer may know of them. */

import type { Campaign } from '../../shared/domain/campaign.js';
import { BOUNDARY_PARTS, boundaryFor, randomJoules, worstProvenance } from '../../shared/domain/measurement.js';
import type { Provenance } from '../../shared/domain/measurement.js';
import type { ProposalRequest, ProposerObservation } from '../../shared/domain/proposal.js';
import type { Observation, TrialResult } from '../../shared/domain/trial.js';
import type { ProposalRecord, StoredCampaign } from '../store/store.js';
import { countedJoules } from './counted-joules.js';

/**
 * Energies of different provenance are never one series: a class metered in two ways is two tasks. A device is named even
 * where its class has no other: what is known of a trial must not change when another one ends.
 *
 * @param failedRun - of a failed trial, what its last attempt yielded. Without it the failure belongs to the class that the
 *   trial was bound to, or to any.
 * @returns `undefined` for a trial without an outcome: one that was stopped early is neither a result nor a failure.
 */
export function observationOf(
  campaign: Campaign,
  result: TrialResult,
  failedRun?: Observation,
): ProposerObservation | undefined {
  const { trial, objectives, energies, observation = failedRun } = result;
  if (trial.state !== 'completed' && trial.state !== 'failed') return undefined;
  const cost = observation && countedJoules(observation.energy);
  const device = observation && deviceOf(observation);
  return {
    configuration: trial.configuration,
    task: taskOf(campaign, result, observation),
    values: campaign.objectives.map(({ name }) => objectives[name]),
    noise: campaign.objectives.map(({ name }) => {
      const energy = energies[name];
      if (energy?.kind !== 'usable') return undefined;
      const noise = randomJoules(energy.uncertainty) / (energy.items ?? 1);
      return Number.isFinite(noise) ? noise : undefined;
    }),
    constraintValues: campaign.constraints.map(({ metric }) => objectives[metric] ?? observation?.metrics[metric]),
    feasible: trial.state === 'completed',
    ...(trial.failure && { failure: trial.failure.reason }),
    ...(device !== undefined && { device }),
    ...(cost !== undefined && cost > 0 && { costJoules: cost }),
  };
}

/** A failed run has no objective: its provenance is that of what was metered within the boundary. */
function taskOf(campaign: Campaign, { trial, energies }: TrialResult, observation: Observation | undefined): string {
  const usable = Object.values(energies).flatMap((energy) => (energy.kind === 'usable' ? [energy.provenance] : []));
  const metered = observation ? meteredProvenance(campaign, observation) : undefined;
  const provenances = usable.length > 0 || metered === undefined ? usable : [metered];
  const hardwareClass = observation?.hardwareClass ?? trial.hardwareClass ?? '';
  return [hardwareClass, ...new Set(provenances)].join(' / ');
}

function meteredProvenance({ measurement }: Campaign, { energy }: Observation): Provenance | undefined {
  const accelerators = energy.filter(({ part }) => part === 'accelerator').map(({ device }) => device);
  const parts = BOUNDARY_PARTS[boundaryFor(measurement.boundary, accelerators)];
  return worstProvenance(energy.filter(({ part }) => parts.includes(part)).map(({ provenance }) => provenance));
}

/** The accelerators that it held; else the machine that it ran on. */
const deviceOf = ({ devices, agent }: Observation): string =>
  devices.length > 0 ? [...devices].sort().join(' + ') : agent;

/**
 * The request behind a journaled or prepared proposal; `history` is the whole history, of which it saw the beginning.
 */
export function requestOf(
  { campaign, earlier }: Pick<StoredCampaign, 'campaign' | 'earlier'>,
  record: Pick<ProposalRecord, 'index' | 'count' | 'historyVersion' | 'pending' | 'task'>,
  history: readonly ProposerObservation[],
): ProposalRequest {
  const { trials } = campaign.budget;
  return {
    space: campaign.space,
    objectives: campaign.objectives,
    constraints: campaign.constraints,
    settings: { ...(trials !== undefined && { expectedTrials: trials }), ...campaign.proposer },
    seed: campaign.seed,
    index: record.index,
    count: record.count,
    history: history.slice(0, record.historyVersion),
    pending: record.pending,
    ...(record.task !== undefined && { task: record.task }),
    ...(earlier && { earlier: earlier.observations }),
  };
}
