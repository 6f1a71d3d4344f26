/** Finished trials as points in objective space: one group per hardware class and provenance, never mixed. */

import type { Campaign, Objective, OutcomeConstraint } from '../../shared/domain/campaign.js';
import type { Configuration } from '../../shared/domain/configuration.js';
import type { HardwareClassId, TrialId } from '../../shared/domain/identity.js';
import {
  randomJoules,
  worstProvenance,
  type EnergyUncertainty,
  type Provenance,
} from '../../shared/domain/measurement.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { groupedBy } from './grouped-by.js';

/** Standard uncertainty of an energy value, in the objective's unit. */
export interface ValueUncertainty {
  /** Drawn anew in each window. */
  readonly random: number;
  /** Common to all windows of one card. */
  readonly gain: number;
}

/** What one configuration yielded on one class: the mean over its replicates. */
export interface Outcome {
  /** Trials behind it, in the order of proposal. */
  readonly trials: readonly TrialId[];
  /** Index of the first of them. */
  readonly index: number;
  readonly configuration: Configuration;
  readonly configurationHash: string;
  /** One value per objective of the campaign, in user units. */
  readonly values: readonly number[];
  /** Same order; `undefined` for objectives that are no energy. */
  readonly uncertainties: readonly (ValueUncertainty | undefined)[];
  /** True when it meets every outcome constraint. */
  readonly feasible: boolean;
}

/** Outcomes that may be compared directly. */
export interface OutcomeGroup {
  readonly hardwareClass: HardwareClassId;
  /** Worst provenance of the energy objectives; absent when there are none. */
  readonly provenance?: Provenance;
  readonly outcomes: readonly Outcome[];
}

/**
 * Groups all completed, accounted results of which every objective is known.
 *
 * Groups come in the order of their first trial; outcomes in the order of proposal.
 */
export function outcomeGroups(campaign: Campaign, results: readonly TrialResult[]): OutcomeGroup[] {
  const groups = groupedBy(
    results.flatMap((result) => completeResult(campaign, result)),
    ({ groupKey }) => groupKey,
  );
  return [...groups.values()].map((members) => {
    const { hardwareClass, provenance } = members[0]!;
    const outcomes = [...groupedBy(members, ({ result }) => result.trial.configurationHash).values()];
    return {
      hardwareClass,
      ...(provenance && { provenance }),
      outcomes: outcomes.map((replicates) => outcomeOf(campaign, replicates)).sort((a, b) => a.index - b.index),
    };
  });
}

/** Objective values turned so that less is better: n x m, row-major. */
export function minimised(objectives: readonly Objective[], outcomes: readonly Outcome[]): Float64Array {
  const m = objectives.length;
  const points = new Float64Array(outcomes.length * m);
  outcomes.forEach(({ values }, i) =>
    objectives.forEach(({ goal }, j) => (points[i * m + j] = signed(goal, values[j]!))),
  );
  return points;
}

/** A value turned so that less is better. */
export const signed = (goal: Objective['goal'], value: number): number => (goal === 'maximize' ? -value : value);

/** A value of an energy objective is its reading divided by the items counted, if any. */
export function uncertaintyOf(result: TrialResult, objective: Objective): ValueUncertainty | undefined {
  const energy = result.energies[objective.name];
  if (objective.from !== 'energy' || energy?.kind !== 'usable') return undefined;
  const divisor = objective.energy.per === undefined ? 1 : energy.items;
  return divisor ? scaled(energy.uncertainty, divisor) : undefined;
}

/** Provenance of an energy objective's reading; `undefined` for metrics and unusable readings. */
export function provenanceOf(result: TrialResult, objective: Objective): Provenance | undefined {
  const energy = result.energies[objective.name];
  return objective.from === 'energy' && energy?.kind === 'usable' ? energy.provenance : undefined;
}

/** Whether a completed result may be used at all, and under which class. */
export function classOf({ trial, attempt, observation }: TrialResult): HardwareClassId | undefined {
  return trial.state === 'completed' && attempt !== undefined ? observation?.hardwareClass : undefined;
}

interface CompleteResult {
  readonly result: TrialResult;
  readonly hardwareClass: HardwareClassId;
  readonly provenance?: Provenance;
  readonly groupKey: string;
}

function completeResult(campaign: Campaign, result: TrialResult): CompleteResult[] {
  const hardwareClass = classOf(result);
  if (!hardwareClass || !campaign.objectives.every(({ name }) => Number.isFinite(result.objectives[name]))) return [];
  const provenances = campaign.objectives.map((objective) => provenanceOf(result, objective));
  const provenance = worstProvenance(provenances.filter((known) => known !== undefined));
  const groupKey = JSON.stringify([hardwareClass, provenances]);
  return [{ result, hardwareClass, ...(provenance && { provenance }), groupKey }];
}

function outcomeOf(campaign: Campaign, replicates: readonly CompleteResult[]): Outcome {
  const results = replicates.map(({ result }) => result).sort((a, b) => a.trial.index - b.trial.index);
  const { trial } = results[0]!;
  const values = campaign.objectives.map(({ name }) => mean(results.map(({ objectives }) => objectives[name]!)));
  return {
    trials: results.map(({ trial: { id } }) => id),
    index: trial.index,
    configuration: trial.configuration,
    configurationHash: trial.configurationHash,
    values,
    uncertainties: campaign.objectives.map((objective) =>
      meanUncertainty(results.map((result) => uncertaintyOf(result, objective))),
    ),
    feasible: campaign.constraints.every((constraint) => holds(constraint, results)),
  };
}

function scaled(uncertainty: EnergyUncertainty, divisor: number): ValueUncertainty {
  return { random: randomJoules(uncertainty) / divisor, gain: uncertainty.gainJoules / divisor };
}

/** Random parts of a mean shrink with repeats, the gain does not. */
function meanUncertainty(all: readonly (ValueUncertainty | undefined)[]): ValueUncertainty | undefined {
  const known = all.filter((uncertainty) => uncertainty !== undefined);
  if (known.length === 0 || known.length < all.length) return undefined;
  return {
    random: Math.hypot(...known.map(({ random }) => random)) / known.length,
    gain: mean(known.map(({ gain }) => gain)),
  };
}

/** A constraint on a metric that no trial reported does not hold. */
function holds({ metric, relation, bound }: OutcomeConstraint, results: readonly TrialResult[]): boolean {
  const values = results.map((result) => result.objectives[metric] ?? result.observation?.metrics[metric]);
  if (!values.every((value) => value !== undefined && Number.isFinite(value))) return false;
  const value = mean(values as number[]);
  return relation === '<=' ? value <= bound : value >= bound;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
