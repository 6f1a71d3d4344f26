/** One trial as plain JSON: values with reasons where unknown, and the readings behind every joule. */

import { sealedMetrics, type Campaign, type Objective } from '../../shared/domain/campaign.js';
import {
  boundaryFor,
  BOUNDARY_PARTS,
  type Boundary,
  type DeviceEnergy,
  type WindowReading,
} from '../../shared/domain/measurement.js';
import type { Observation, TrialResult, TrialState } from '../../shared/domain/trial.js';
import { uncertaintyOf } from '../analysis/outcome-groups.js';
import type { EnergyFigure, TrialFacts, Value, WindowFacts } from './report-data.js';

/** Everything a report tells of one trial. Program output and sealed metrics are left out. */
export function trialFacts(campaign: Campaign, result: TrialResult, onFront: boolean): TrialFacts {
  const { trial, observation } = result;
  const hardwareClass = observation?.hardwareClass ?? trial.hardwareClass;
  return {
    id: trial.id,
    index: trial.index,
    configuration: trial.configuration,
    configurationHash: trial.configurationHash,
    replicate: trial.replicate,
    state: trial.state,
    attempts: trial.attempts,
    onFront,
    devices: observation?.devices ?? [],
    ...(result.attempt !== undefined && { accountedAttempt: result.attempt }),
    ...(hardwareClass && { hardwareClass }),
    ...(observation && {
      agent: observation.agent,
      startedUnixMilliseconds: observation.startedUnixMilliseconds,
      durationSeconds: observation.durationSeconds,
    }),
    ...(trial.failure && { failure: trial.failure }),
    objectives: Object.fromEntries(
      campaign.objectives.map((objective) => [objective.name, valueOf(result, objective)]),
    ),
    metrics: openMetrics(campaign, observation),
    energies: campaign.objectives.flatMap((objective) => energyFigure(campaign, result, objective)),
    windows: (observation?.windows ?? []).map(windowFacts),
    facts: observation?.facts ?? {},
  };
}

const WHY_NO_VALUE: Readonly<Record<TrialState, string>> = {
  queued: 'not started yet',
  leased: 'still running',
  completed: 'not reported',
  'stopped-early': 'stopped early',
  failed: 'failed',
  unpaired: 'no machine of this class was left to run it',
  cancelled: 'cancelled',
};

function valueOf(result: TrialResult, objective: Objective): Value {
  const value = result.objectives[objective.name];
  if (value !== undefined && Number.isFinite(value)) {
    const uncertainty = uncertaintyOf(result, objective);
    return { kind: 'known', value, ...(uncertainty && { uncertainty }) };
  }
  if (value !== undefined) return { kind: 'unknown', reason: `the program reported ${value}` };
  const { state, failure } = result.trial;
  const energy = result.energies[objective.name];
  const reason =
    result.missing[objective.name] ??
    (energy?.kind === 'unusable' ? energy.reason : failure?.message) ??
    WHY_NO_VALUE[state];
  return { kind: 'unknown', reason };
}

function openMetrics(campaign: Campaign, observation?: Observation): Record<string, number> {
  const sealed = sealedMetrics(campaign);
  return Object.fromEntries(Object.entries(observation?.metrics ?? {}).filter(([name]) => !sealed.has(name)));
}

function energyFigure(campaign: Campaign, result: TrialResult, objective: Objective): EnergyFigure[] {
  const energy = result.energies[objective.name];
  if (objective.from !== 'energy' || !energy) return [];
  const { window, label, per } = objective.energy;
  const core = { objective: objective.name, window: label ? `${window} ${label}` : window };
  if (energy.kind === 'unusable') return [{ ...core, kind: 'unusable', reason: energy.reason }];
  const readings = matchingReadings(result.observation?.windows ?? [], {
    window,
    ...(label !== undefined && { label }),
  });
  const boundary = boundaryFor(campaign.measurement.boundary, result.observation?.devices ?? []);
  const covered = within(readings, boundary);
  return [
    {
      ...core,
      kind: 'usable',
      joules: energy.joules,
      ...(energy.items !== undefined && { items: energy.items }),
      ...(per !== undefined && { per }),
      provenance: energy.provenance,
      boundary,
      uncertainty: energy.uncertainty,
      devices: distinct(covered.map(({ device }) => device)),
      sources: distinct(covered.map(({ source }) => source)),
      events: distinct(covered.flatMap((reading) => (reading.kind === 'usable' ? reading.events : []))),
    },
  ];
}

function matchingReadings(
  windows: readonly WindowReading[],
  wanted: { readonly window: string; readonly label?: string },
): DeviceEnergy[] {
  return windows
    .filter(({ kind, label }) => kind === wanted.window && (wanted.label === undefined || label === wanted.label))
    .flatMap(({ devices }) => devices);
}

const within = (readings: readonly DeviceEnergy[], boundary: Boundary): DeviceEnergy[] =>
  readings.filter(({ part }) => BOUNDARY_PARTS[boundary].includes(part));

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];

function windowFacts(window: WindowReading): WindowFacts {
  return {
    kind: window.kind,
    label: window.label,
    ordinal: window.ordinal,
    startNanoseconds: String(window.startNanoseconds),
    endNanoseconds: String(window.endNanoseconds),
    ...(window.items !== undefined && { items: window.items }),
    ...(window.unit !== undefined && { unit: window.unit }),
    devices: window.devices.map((reading) =>
      reading.kind === 'usable' ? { ...reading, microjoules: String(reading.microjoules) } : reading,
    ),
  };
}
