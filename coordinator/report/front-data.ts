/** Fronts as plain JSON; the only place where sealed metrics may come in, and only when the campaign is closed. */

import { sealedMetrics, type Campaign } from '../../shared/domain/campaign.js';
import type { TrialId } from '../../shared/domain/identity.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { frontOf } from '../analysis/front-of.js';
import { outcomeGroups, type Outcome, type OutcomeGroup } from '../analysis/outcome-groups.js';
import type { FrontData, OutcomeFacts, Value } from './report-data.js';
import type { ReportInput } from './report-input.js';

/** Trials whose sealed metrics may be read once the campaign is closed: those on the front of their group. */
export function frontTrials(campaign: Campaign, results: readonly TrialResult[]): TrialId[] {
  return outcomeGroups(campaign, results).flatMap((group) =>
    frontOf(campaign.objectives, group).flatMap(({ trials }) => trials),
  );
}

/** What fronts are made from: a part of {@link ReportInput}, so that a live view can have it too. */
export type FrontInput = Pick<ReportInput, 'campaign' | 'results' | 'state' | 'sealed'>;

/** The front of every group, with all outcomes behind it. */
export function frontData(input: FrontInput): FrontData[] {
  return outcomeGroups(input.campaign, input.results).map((group) => groupData(input, group));
}

function groupData(input: FrontInput, group: OutcomeGroup): FrontData {
  const front = frontOf(input.campaign.objectives, group);
  const unsealed = new Map(front.map((outcome) => [outcome, testMetrics(input, outcome)]));
  const names = new Set([...unsealed.values()].flatMap((metrics) => Object.keys(metrics)));
  return {
    hardwareClass: group.hardwareClass,
    ...(group.provenance && { provenance: group.provenance }),
    testMetrics: input.campaign.metrics.flatMap(({ name, unit }) => (names.has(name) ? [{ name, unit }] : [])),
    outcomes: group.outcomes.map((outcome) => {
      const rank = front.indexOf(outcome) + 1;
      const test = unsealed.get(outcome) ?? {};
      return {
        ...outcomeFacts(outcome),
        ...(rank > 0 && { rank }),
        ...(Object.keys(test).length > 0 && { test }),
      };
    }),
  };
}

/** Mean of each declared test metric over the trials that have it. */
function testMetrics({ campaign, state, sealed }: FrontInput, { trials }: Outcome): Record<string, number> {
  if (state !== 'closed' || !sealed) return {};
  return Object.fromEntries(
    [...sealedMetrics(campaign)].flatMap((name) => {
      const known = trials.map((trial) => sealed[trial]?.[name]).filter((value) => value !== undefined);
      return known.length === 0 ? [] : [[name, known.reduce((sum, value) => sum + value, 0) / known.length]];
    }),
  );
}

function outcomeFacts({ index, trials, configuration, values, uncertainties, feasible }: Outcome): OutcomeFacts {
  return {
    index,
    trials,
    configuration,
    feasible,
    values: values.map((value, j): Value => {
      const uncertainty = uncertainties[j];
      return { kind: 'known', value, ...(uncertainty && { uncertainty }) };
    }),
  };
}
