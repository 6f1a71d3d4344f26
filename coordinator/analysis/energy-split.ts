/** Where the energy of the trials that gave a result went: the windows of objectives, or everything around them. */

import type { Campaign } from '../../shared/domain/campaign.js';
import { boundaryFor, PROVENANCES, type Provenance, type WindowReading } from '../../shared/domain/measurement.js';
import { summedWindows } from '../../shared/domain/objective-values.js';
import type { TrialResult } from '../../shared/domain/trial.js';

/** Of one provenance; the figure of a whole machine is left out, since it includes the others. */
export interface EnergyShare {
  readonly provenance: Provenance;
  /** In windows of energy objectives, each stretch of time once. */
  readonly windowJoules: number;
  /** Of these trials altogether, from start to end. */
  readonly trialJoules: number;
  /** Relative standard uncertainty from the gains of the sensors, as stated in the windows; 0: none is stated. */
  readonly gainRelative: number;
}

/** Best provenance first; a provenance without a usable window is left out. */
export function energySplit(campaign: Campaign, results: readonly TrialResult[]): EnergyShare[] {
  const completed = results.filter(({ trial }) => trial.state === 'completed');
  const readings = completed
    .flatMap((result) => objectiveWindows(campaign, result))
    .flatMap(({ devices }) => devices.filter((device) => device.kind === 'usable' && device.part !== 'machine'))
    .filter((device) => device.kind === 'usable');
  const attempts = completed.flatMap(({ observation }) => observation?.energy ?? []);
  return [...PROVENANCES].reverse().flatMap((provenance) => {
    const own = readings.filter((reading) => reading.provenance === provenance);
    const all = attempts.filter((energy) => energy.provenance === provenance && energy.part !== 'machine');
    const [windowJoules, trialJoules] = [joulesOf(own), joulesOf(all)];
    if (windowJoules <= 0 || trialJoules < windowJoules) return [];
    const gain = own.reduce((sum, { uncertainty }) => sum + uncertainty.gainJoules, 0);
    return [{ provenance, windowJoules, trialJoules, gainRelative: gain / windowJoules }];
  });
}

const joulesOf = (all: readonly { readonly microjoules: bigint }[]): number =>
  Number(all.reduce((sum, { microjoules }) => sum + microjoules, 0n)) / 1e6;

/** Windows that some energy objective sums; of windows that overlap, the longest. */
function objectiveWindows({ objectives, measurement }: Campaign, { observation }: TrialResult): WindowReading[] {
  if (!observation) return [];
  const boundary = boundaryFor(measurement.boundary, observation.devices);
  const wanted = objectives.flatMap((objective) =>
    objective.from === 'energy' ? summedWindows(observation, objective.energy, boundary) : [],
  );
  const kept: WindowReading[] = [];
  for (const window of [...new Set(wanted)].sort((a, b) => Number(lengthOf(b) - lengthOf(a)))) {
    if (!kept.some((other) => overlap(window, other))) kept.push(window);
  }
  return kept;
}

const lengthOf = ({ startNanoseconds, endNanoseconds }: WindowReading): bigint => endNanoseconds - startNanoseconds;

const overlap = (a: WindowReading, b: WindowReading): boolean =>
  a.startNanoseconds < b.endNanoseconds && b.startNanoseconds < a.endNanoseconds;
