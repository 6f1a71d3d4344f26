/** Observation -> one value per objective, with the reading behind each energy figure. */

import type { Campaign, EnergySource, Objective } from './campaign.js';
import { boundaryFor, sumWithin, worstProvenance } from './measurement.js';
import type { Boundary, SummedEnergy, WindowReading } from './measurement.js';
import type { Observation, Trial, TrialResult } from './trial.js';
import { present } from './present.js';

/** A trial with its values as proposer, views and reports may see them. */
export function resultOf(campaign: Campaign, trial: Trial, accounted?: AccountedObservation): TrialResult {
  if (!accounted) return { trial, objectives: {}, missing: {}, energies: {} };
  const { attempt, observation } = accounted;
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
 * True when measuring the same trial again could mend a missing energy value: a window was there, but unusable.
 */
export function isWorthMeasuringAgain(campaign: Campaign, observation: Observation): boolean {
  return campaign.objectives.some((objective) => {
    if (objective.from !== 'energy') return false;
    const windows = windowsOf(observation.windows, objective.energy);
    return windows.some(({ devices }) => devices.some(({ kind }) => kind === 'unusable'));
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
  if (windows.length === 0) return { reason: `the program marked no window ${wanted}` };
  const energy = addUp(windows.map(({ devices }) => sumWithin(devices, boundary)));
  const items = windows.reduce((sum, { items: count, unit }) => sum + (unit === source.per ? (count ?? 0) : 0), 0);
  const reading = source.per === undefined ? energy : { ...energy, items };
  if (energy.kind === 'unusable') return { reason: energy.reason, energy: reading };
  if (source.per === undefined) return { value: energy.joules, energy: reading };
  if (items <= 0) return { reason: `window ${wanted} counted no ${source.per}`, energy: reading };
  return { value: energy.joules / items, energy: reading };
}

const windowsOf = (windows: readonly WindowReading[], { window, label }: EnergySource): readonly WindowReading[] =>
  windows.filter((one) => one.kind === window && (label === undefined || one.label === label));

/** Windows of one program on the same devices: random parts add in squares, the common gain adds up. */
function addUp(parts: readonly SummedEnergy[]): SummedEnergy {
  const usable = parts.filter((part) => part.kind === 'usable');
  const bad = parts.find((part) => part.kind === 'unusable');
  if (bad) return bad;
  const squares = (pick: (part: (typeof usable)[number]) => number): number => Math.hypot(...usable.map(pick));
  return {
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
}
