/** How well parameters, reported metrics and run time rank the energy of configurations within one class. */

import { sealedMetrics, type Campaign, type Objective } from '../../shared/domain/campaign.js';
import type { HardwareClassId } from '../../shared/domain/identity.js';
import type { Provenance } from '../../shared/domain/measurement.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { seededRandom } from '../../shared/runtime/random.js';
import { bootstrap } from './bootstrap.js';
import { groupedBy } from './grouped-by.js';
import { classOf, provenanceOf } from './outcome-groups.js';
import { FEWEST_PAIRS } from './paired-energy.js';
import { rankCorrelations, rankEstimate, type RankEstimate } from './rank-correlation.js';

/** One candidate for predicting an energy objective on one class. */
export interface EnergyPredictor {
  readonly objective: string;
  readonly hardwareClass: HardwareClassId;
  readonly provenance: Provenance;
  readonly kind: 'parameter' | 'metric' | 'run time';
  readonly name: string;
  readonly trials: number;
  /** Spearman's rank correlation with the energy. */
  readonly correlation: RankEstimate;
}

/**
 * Rank correlation of every number known of a trial with each energy objective; strongest first within a class.
 *
 * Only what varies and is known for {@link FEWEST_PAIRS} trials or more is listed.
 */
export function energyPredictors(campaign: Campaign, results: readonly TrialResult[]): EnergyPredictor[] {
  return campaign.objectives
    .filter(({ from }) => from === 'energy')
    .flatMap((objective) => {
      const usable = results.filter(
        (result) => provenanceOf(result, objective) && result.objectives[objective.name] !== undefined,
      );
      const sides = groupedBy(usable.filter(classOf), (result) =>
        JSON.stringify([classOf(result), provenanceOf(result, objective)]),
      );
      return [...sides.values()].flatMap((members) => ofSide(campaign, objective, members));
    });
}

interface Candidate {
  readonly kind: EnergyPredictor['kind'];
  readonly name: string;
  readonly read: (result: TrialResult) => unknown;
}

function ofSide(campaign: Campaign, objective: Objective, results: readonly TrialResult[]): EnergyPredictor[] {
  const hardwareClass = classOf(results[0]!)!;
  const provenance = provenanceOf(results[0]!, objective)!;
  return candidates(campaign, results)
    .flatMap(({ kind, name, read }): EnergyPredictor[] => {
      const known = results.filter((result) => Number.isFinite(read(result)));
      const x = Float64Array.from(known, (result) => read(result) as number);
      const y = Float64Array.from(known, ({ objectives }) => objectives[objective.name]!);
      if (known.length < FEWEST_PAIRS || new Set(x).size < 2 || new Set(y).size < 2) return [];
      const random = seededRandom([campaign.seed, 'predictor', objective.name, hardwareClass, kind, name].join('/'));
      const [correlation] = bootstrap(known.length, [rankCorrelations(x, y).spearman], random);
      return [
        {
          objective: objective.name,
          hardwareClass,
          provenance,
          kind,
          name,
          trials: known.length,
          correlation: rankEstimate(correlation!),
        },
      ];
    })
    .sort((a, b) => Math.abs(b.correlation.value) - Math.abs(a.correlation.value));
}

function candidates(campaign: Campaign, results: readonly TrialResult[]): Candidate[] {
  const sealed = sealedMetrics(campaign);
  const metrics = new Set(results.flatMap(({ observation }) => Object.keys(observation?.metrics ?? {})));
  return [
    ...campaign.space.parameters.map(({ name }): Candidate => ({
      kind: 'parameter',
      name,
      read: ({ trial }) => trial.configuration[name],
    })),
    ...[...metrics]
      .filter((name) => !sealed.has(name))
      .map((name): Candidate => ({
        kind: 'metric',
        name,
        read: ({ observation }) => observation?.metrics[name],
      })),
    { kind: 'run time', name: 'run time', read: ({ observation }) => observation?.durationSeconds },
  ];
}
