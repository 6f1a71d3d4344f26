/** Observation -> one value per objective, with the reading behind each energy figure. */

import type { Campaign, EnergySource, Objective } from './campaign.js';
import { BOUNDARY_PARTS, boundaryFor, randomJoules, sumWithin, worstProvenance } from './measurement.js';
import type { Boundary, SummedEnergy, WindowReading } from './measurement.js';
import type { Observation, Trial, TrialResult } from './trial.js';
import { present } from './present.js';
import { repeatInterval } from './repeat-interval.js';

/** A trial with its values as proposer, views and reports may see them. */
export function resultOf(campaign: Campaign, trial: Trial, accounted?: AccountedObservation): TrialResult {
  if (!accounted) return { trial, objectives: {}, missing: {}, energies: {} };
  const { attempt, observation } = accounted;
  // What a trial had come to when it was stopped is no value of an objective.
  if (trial.state === 'stopped-early')
    return { trial, attempt, observation, objectives: {}, missing: {}, energies: {} };
  return { trial, attempt, observation, ...objectiveValues(campaign, observation) };
}

/** The values of an observation's objectives, or why they are missing, and the readings behind energies. */
export function objectiveValues(
  campaign: Campaign,
  observation: Observation,
): Pick<TrialResult, 'objectives' | 'missing' | 'energies'> {
  const named = campaign.objectives.map((objective) => ({
    name: objective.name,
    reading: readObjective(campaign, objective, observation),
  }));
  return {
    objectives: Object.fromEntries(
      named.flatMap(({ name, reading }) => ('value' in reading ? [[name, reading.value]] : [])),
    ),
    missing: Object.fromEntries(
      named.flatMap(({ name, reading }) => ('reason' in reading ? [[name, reading.reason]] : [])),
    ),
    energies: Object.fromEntries(
      named.flatMap(({ name, reading }) => (reading.energy ? [[name, reading.energy]] : [])),
    ),
  };
}

export interface AccountedObservation {
  readonly attempt: number;
  readonly observation: Observation;
}

/**
 * True when measuring the same trial again could mend a missing energy value: windows were there, but unusable.
 */
export function isWorthMeasuringAgain(campaign: Campaign, observation: Observation): boolean {
  const boundary = boundaryFor(campaign.measurement.boundary, observation.devices);
  return campaign.objectives.some((objective) => {
    if (objective.from !== 'energy' || 'value' in readEnergy(objective.energy, observation, boundary)) return false;
    if (isSumCut(observation, objective.energy)) return false;
    const windows = windowsOf(observation.windows, objective.energy);
    return windows.some(({ devices }) =>
      devices.some(({ kind, part }) => kind === 'unusable' && BOUNDARY_PARTS[boundary].includes(part)),
    );
  });
}

type EnergyReading = SummedEnergy & { readonly items?: number };
type ObjectiveReading = ({ readonly value: number } | { readonly reason: string }) & {
  readonly energy?: EnergyReading;
};

function readObjective(campaign: Campaign, objective: Objective, observation: Observation): ObjectiveReading {
  if (objective.from === 'metric') {
    const value = observation.metrics[objective.metric];
    if (value === undefined) return { reason: `metric ${objective.metric} was not reported` };
    return Number.isFinite(value) ? { value } : { reason: `metric ${objective.metric} is ${value}` };
  }
  return readEnergy(objective.energy, observation, boundaryFor(campaign.measurement.boundary, observation.devices));
}

function readEnergy(source: EnergySource, observation: Observation, boundary: Boundary): ObjectiveReading {
  const windows = windowsOf(observation.windows, source);
  const wanted = source.label === undefined ? source.window : `${source.window}/${source.label}`;
  if (isSumCut(observation, source)) {
    const reason = `${observation.windowsLeftOut} windows did not fit into the trial's last message, so that the sum over ${wanted} is not known`;
    return { reason, energy: { kind: 'unusable', reason } };
  }
  if (windows.length === 0) return { reason: `the program marked no window ${wanted}` };
  const parts = windows.map((window) => partOf(window, source, boundary));
  const { energy, items } = areRepeats(windows, source) ? addUpRepeats(parts) : addUp(parts);
  const reading = source.per === undefined ? energy : { ...energy, items };
  if (energy.kind === 'unusable') return { reason: energy.reason, energy: reading };
  if (source.per === undefined) return { value: energy.joules, energy: reading };
  if (items <= 0) return { reason: `window ${wanted} counted no ${source.per}`, energy: reading };
  return { value: energy.joules / items, energy: reading };
}

type MarkedWindows = Pick<Observation, 'windows' | 'windowsLeftOut'>;

/** True when windows of a sum may be among those left out; energy per item of one label is known from those that are left. */
function isSumCut({ windows, windowsLeftOut = 0 }: MarkedWindows, source: EnergySource): boolean {
  if (windowsLeftOut === 0) return false;
  const labels = new Set(windowsOf(windows, source).map(({ label }) => label));
  return source.per === undefined || labels.size !== 1;
}

/** The windows behind an energy objective; of repeats, those without a usable figure are not among them; none of a cut sum. */
export function summedWindows(
  observation: MarkedWindows,
  source: EnergySource,
  boundary: Boundary,
): readonly WindowReading[] {
  if (isSumCut(observation, source)) return [];
  const all = windowsOf(observation.windows, source);
  if (!areRepeats(all, source)) return all;
  return goodRepeats(all.map((window) => partOf(window, source, boundary))).map(({ window }) => window);
}

const windowsOf = (windows: readonly WindowReading[], { window, label }: EnergySource): readonly WindowReading[] =>
  windows.filter((one) => one.kind === window && (label === undefined || one.label === label));

/** Of one window: its energy within the boundary, and its items in the unit that divides. */
interface WindowPart {
  readonly window: WindowReading;
  readonly energy: SummedEnergy;
  readonly items: number;
}

const partOf = (window: WindowReading, { per }: EnergySource, boundary: Boundary): WindowPart => ({
  window,
  energy: sumWithin(window.devices, boundary),
  items: window.unit === per ? (window.items ?? 0) : 0,
});

/** Energy per item of several windows under one label is one figure, measured several times. */
const areRepeats = (windows: readonly WindowReading[], { per }: EnergySource): boolean =>
  per !== undefined && windows.length > 1 && new Set(windows.map(({ label }) => label)).size === 1;

/** Repeats without a usable figure are left out as long as most have one. */
function goodRepeats(parts: readonly WindowPart[]): readonly WindowPart[] {
  const good = parts.filter(({ energy, items }) => energy.kind === 'usable' && items > 0);
  return 2 * good.length > parts.length ? good : parts;
}

type EnergySum = Pick<WindowPart, 'energy' | 'items'>;

/**
 * What repeats differ by stands in the uncertainty, so that the random part is the larger of what the meter expects and
 * what is seen.
 */
function addUpRepeats(parts: readonly WindowPart[]): EnergySum {
  const good = goodRepeats(parts);
  const { energy, items } = addUp(good);
  if (good.some((part) => part.items <= 0)) return { energy, items };
  const repeats = good.flatMap((part) =>
    part.energy.kind === 'usable' ? [{ joules: part.energy.joules, items: part.items }] : [],
  );
  const interval = repeatInterval(repeats);
  if (energy.kind === 'unusable' || interval === undefined) return { energy, items };
  const seen = interval.standard * items;
  const spreadJoules = Math.sqrt(Math.max(0, seen ** 2 - randomJoules(energy.uncertainty) ** 2));
  const { count, relativeHalfWidth } = interval;
  const summary = { count, unusable: parts.length - good.length, relativeHalfWidth };
  return { energy: { ...energy, uncertainty: { ...energy.uncertainty, spreadJoules }, repeats: summary }, items };
}

/** Windows of one program on the same devices: random parts add in squares, the common gain adds up. */
function addUp(parts: readonly WindowPart[]): EnergySum {
  const items = parts.reduce((sum, part) => sum + part.items, 0);
  const all = parts.map(({ energy }) => energy);
  const usable = all.filter((energy) => energy.kind === 'usable');
  const bad = all.find((energy) => energy.kind === 'unusable');
  if (bad) return { energy: bad, items };
  const squares = (pick: (part: (typeof usable)[number]) => number): number => Math.hypot(...usable.map(pick));
  const energy: SummedEnergy = {
    kind: 'usable',
    joules: usable.reduce((sum, { joules }) => sum + joules, 0),
    provenance: present(worstProvenance(usable.map(({ provenance }) => provenance)), 'provenance'),
    uncertainty: {
      edgeJoules: squares(({ uncertainty }) => uncertainty.edgeJoules),
      samplingJoules: squares(({ uncertainty }) => uncertainty.samplingJoules),
      gapJoules: squares(({ uncertainty }) => uncertainty.gapJoules),
      gainJoules: usable.reduce((sum, { uncertainty }) => sum + uncertainty.gainJoules, 0),
    },
  };
  return { energy, items };
}
