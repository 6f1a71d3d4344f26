/** Finished configurations from best to worst, for methods that rank outcomes instead of modelling them. */

import { canonicalConfiguration } from '../../shared/domain/configuration.js';
import type { OutcomeConstraint } from '../../shared/domain/campaign.js';
import type { ProposalRequest, ProposerObservation } from '../../shared/domain/proposal.js';
import { candidateFrom, type Candidate } from './candidate.js';
import { toMinimised } from './objective-scale.js';
import type { RequestContext } from './request-context.js';

/** One configuration with the mean over its results. */
export interface RankedOutcome {
  readonly candidate: Candidate;
  /** Minimised, on the scales of the objectives. */
  readonly values: Float64Array;
  /** By how much outcome constraints are broken, each in its own standard deviations; 0 when they are kept. */
  readonly violation: number;
}

export interface FinishedOutcomes {
  /** In the order in which they were first accounted; every objective is known. */
  readonly working: readonly RankedOutcome[];
  /** Configurations of which no run worked. */
  readonly failed: readonly Candidate[];
}

/**
 * What is known of each configuration, earlier campaigns included.
 *
 * Energy differs by a factor between hardware classes, so each class is centred on its own before results are averaged.
 * Configurations with an unknown objective are left out.
 */
export function finishedOutcomes({ request, space }: RequestContext): FinishedOutcomes {
  const observations = [...(request.earlier ?? []), ...request.history].filter((each) =>
    space.isValid(each.configuration),
  );
  const centres = taskCentres(observations, request);
  const scales = request.constraints.map((constraint, k) => spread(knownExcesses(observations, constraint, k)));
  const working: RankedOutcome[] = [];
  const failed: Candidate[] = [];
  for (const results of byConfiguration(observations)) {
    const candidate = candidateFrom(space, results[0]!.configuration);
    const runs = results.filter(({ feasible }) => feasible);
    const values = request.objectives.map((objective, j) =>
      mean(runs.map((run) => toMinimised(objective, run.values[j] ?? NaN) - centres(run.task, j))),
    );
    if (runs.length === 0) failed.push(candidate);
    else if (values.every(Number.isFinite)) {
      const excesses = request.constraints.map((constraint, k) => mean(knownExcesses(runs, constraint, k)));
      const violation = excesses.reduce((sum, excess, k) => sum + Math.max(0, excess / scales[k]! || 0), 0);
      working.push({ candidate, values: Float64Array.from(values), violation });
    }
  }
  return { working, failed };
}

/** Groups of outcomes from best to worst: the fronts of those that keep the constraints, then the others one by one. */
export function rankedGroups(outcomes: readonly RankedOutcome[]): readonly (readonly RankedOutcome[])[] {
  const broken = outcomes.filter(({ violation }) => violation > 0);
  return [
    ...frontsOf(outcomes.filter(({ violation }) => violation === 0)),
    ...broken.sort((a, b) => a.violation - b.violation).map((outcome) => [outcome]),
  ];
}

/**
 * Fronts of outcomes, each dominated only by those before it.
 *
 * Source: binary search of Zhang, Tian, Cheng & Jin (2015), "An Efficient Approach to Nondominated Sorting for
 * Evolutionary Multiobjective Optimization", IEEE Trans. Evol. Comput. 19(2).
 */
function frontsOf(outcomes: readonly RankedOutcome[]): RankedOutcome[][] {
  const fronts: RankedOutcome[][] = [];
  for (const outcome of outcomes.toSorted(byValues)) {
    let [low, high] = [0, fronts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      // The newest first: they are the closest.
      if (fronts[middle]!.findLastIndex((other) => dominates(other, outcome)) >= 0) low = middle + 1;
      else high = middle;
    }
    (fronts[low] ??= []).push(outcome);
  }
  return fronts;
}

/** A total order in which nothing is dominated by what comes later. */
function byValues(a: RankedOutcome, b: RankedOutcome): number {
  for (let j = 0; j < a.values.length; j++) if (a.values[j] !== b.values[j]) return a.values[j]! - b.values[j]!;
  return 0;
}

function dominates(a: RankedOutcome, b: RankedOutcome): boolean {
  let isBetter = false;
  for (let j = 0; j < a.values.length; j++) {
    if (a.values[j]! > b.values[j]!) return false;
    if (a.values[j]! < b.values[j]!) isBetter = true;
  }
  return isBetter;
}

function byConfiguration(observations: readonly ProposerObservation[]): Iterable<readonly ProposerObservation[]> {
  const groups = new Map<string, ProposerObservation[]>();
  for (const observation of observations) {
    const key = canonicalConfiguration(observation.configuration);
    const group = groups.get(key);
    if (group) group.push(observation);
    else groups.set(key, [observation]);
  }
  return groups.values();
}

/** Mean of each energy objective in each class; 0 for other objectives and where there is one class only. */
function taskCentres(
  observations: readonly ProposerObservation[],
  { objectives }: ProposalRequest,
): (task: string, objective: number) => number {
  const tasks = new Set(observations.map(({ task }) => task));
  const centres = new Map<string, readonly number[]>();
  for (const task of tasks) {
    const runs = observations.filter((each) => each.task === task && each.feasible);
    const centre = objectives.map((objective, j) => {
      if (tasks.size === 1 || objective.from !== 'energy') return 0;
      return mean(runs.map(({ values }) => toMinimised(objective, values[j] ?? NaN)).filter(Number.isFinite)) || 0;
    });
    centres.set(task, centre);
  }
  return (task, j) => centres.get(task)![j]!;
}

/** How far known values of a constraint's metric are beyond its bound; negative within it. */
const knownExcesses = (
  observations: readonly ProposerObservation[],
  { relation, bound }: OutcomeConstraint,
  k: number,
): number[] =>
  observations
    .map(({ constraintValues }) => (constraintValues?.[k] ?? NaN) - bound)
    .map((excess) => (relation === '<=' ? excess : -excess))
    .filter(Number.isFinite);

/** NaN for none. */
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation, 1 where there is none. */
function spread(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2))) || 1;
}
