/** Makes a report's data from a campaign's trials: analysis once, then plain JSON. */

import type { Workload } from '../../shared/domain/campaign.js';
import type { TrialResult, TrialState } from '../../shared/domain/trial.js';
import { carbonIntensity, grams, type KnownIntensity } from '../../shared/schema/carbon-intensity.js';
import { energyPredictors } from '../analysis/energy-predictors.js';
import { energySplit } from '../analysis/energy-split.js';
import { savedEnergy } from '../analysis/saved-energy.js';
import { groupedBy } from '../analysis/grouped-by.js';
import { hypervolumeHistories } from '../analysis/hypervolume-history.js';
import { pairedComparisons } from '../analysis/paired-energy.js';
import { fateOf, searchEnergy, type AttemptRecord, type SearchEnergy } from '../analysis/search-energy.js';
import { frontData } from './front-data.js';
import { machineFacts } from './machine-facts.js';
import {
  REPORT_FORMAT,
  type AttemptFacts,
  type CampaignFacts,
  type CarbonFacts,
  type ReportData,
} from './report-data.js';
import type { ReportInput } from './report-input.js';
import { trialFacts } from './trial-facts.js';

/** The whole report as plain JSON; the same input gives the same report. */
export function buildReport(input: ReportInput): ReportData {
  const { campaign, attempts, reference } = input;
  const results = [...input.results].sort((a, b) => a.trial.index - b.trial.index);
  const fronts = frontData({ ...input, results });
  const onFront = new Set(
    fronts.flatMap(({ outcomes }) => outcomes.flatMap(({ rank, trials }) => (rank === undefined ? [] : trials))),
  );
  const intensity = campaign.carbon && carbonIntensity(campaign.carbon);
  const energy = searchEnergy(attempts);
  const attemptsOf = groupedBy(attempts, ({ trial }) => trial);
  return {
    format: REPORT_FORMAT,
    madeUnixMilliseconds: input.nowUnixMilliseconds,
    campaign: campaignFacts(input),
    trialCounts: countStates(results),
    searchEnergy: energy,
    energySplit: energySplit(campaign, results),
    saved: savedEnergy(results),
    ...(intensity && { carbon: carbonFacts(intensity, energy) }),
    fronts,
    ...(reference && {
      hypervolume: { reference, histories: hypervolumeHistories({ campaign, results, attempts, reference }) },
    }),
    comparisons: pairedComparisons(campaign, results),
    predictors: energyPredictors(campaign, results),
    trials: results.map((result) => {
      const { id } = result.trial;
      return trialFacts(
        { campaign, intensity },
        { result, attempts: attemptsOf.get(id) ?? [], onFront: onFront.has(id) },
      );
    }),
    attempts: attempts.map(attemptFacts),
    machines: input.agents.map(machineFacts),
    proposals: input.proposals,
    ...(input.model && { model: input.model }),
    ...(input.startedFrom && { startedFrom: input.startedFrom }),
    versions: input.versions,
  };
}

function campaignFacts(input: ReportInput): CampaignFacts {
  const { campaign, closedUnixMilliseconds } = input;
  return {
    id: input.campaignId,
    name: campaign.name,
    owner: campaign.owner,
    description: campaign.description,
    state: input.state,
    createdUnixMilliseconds: input.createdUnixMilliseconds,
    ...(closedUnixMilliseconds !== undefined && { closedUnixMilliseconds }),
    seed: campaign.seed,
    objectives: campaign.objectives,
    outcomeConstraints: campaign.constraints,
    parameters: campaign.space.parameters,
    constraints: campaign.space.constraints,
    budget: campaign.budget,
    hardware: campaign.hardware,
    measurement: campaign.measurement,
    workload: workloadText(campaign.workload),
    text: input.campaignText,
  };
}

const workloadText = (workload: Workload): string =>
  workload.kind === 'builtin' ? `built-in trainer ${workload.trainer}` : `command ${workload.argv.join(' ')}`;

function countStates(results: readonly TrialResult[]): Partial<Record<TrialState, number>> {
  const counts: Partial<Record<TrialState, number>> = {};
  for (const { trial } of results) counts[trial.state] = (counts[trial.state] ?? 0) + 1;
  return counts;
}

function attemptFacts(record: AttemptRecord): AttemptFacts {
  const { trial, attempt, agent, hardwareClass, end, lowerBound, energy, tookNothing } = record;
  return {
    trial,
    attempt,
    ...(agent && { agent }),
    ...(hardwareClass && { hardwareClass }),
    fate: fateOf(record),
    ...((end.kind === 'failed' || end.kind === 'handed-back') && end.failure && { reason: end.failure.message }),
    ...(end.kind === 'measured-again' && { reason: end.reason }),
    lowerBound,
    ...(tookNothing && { tookNothing }),
    energy: energy.map(({ microjoules, unattributedMicrojoules, ...rest }) => ({
      ...rest,
      microjoules: String(microjoules),
      ...(unattributedMicrojoules !== undefined && { unattributedMicrojoules: String(unattributedMicrojoules) }),
    })),
  };
}

/** A figure of the whole machine includes the others, so that it stands for itself like every provenance. */
function carbonFacts(intensity: KnownIntensity, { totals }: SearchEnergy): CarbonFacts {
  return {
    ...intensity,
    search: totals.map(({ provenance, scope, joules, lowerBound }) => ({
      ...{ provenance, scope, lowerBound },
      grams: grams(joules, intensity),
    })),
  };
}
