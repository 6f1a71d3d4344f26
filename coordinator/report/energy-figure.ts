/** The reading behind one energy objective of one trial: the sum, its parts one by one, and what lies above idle. */

import type { Campaign, Objective } from '../../shared/domain/campaign.js';
import {
  boundaryFor,
  BOUNDARY_PARTS,
  type Boundary,
  type DeviceEnergy,
  type WindowReading,
} from '../../shared/domain/measurement.js';
import { summedWindows } from '../../shared/domain/objective-values.js';
import type { Observation, TrialResult } from '../../shared/domain/trial.js';
import { grams, type KnownIntensity } from '../../shared/schema/carbon-intensity.js';
import { deviceEnergies, netOfDevice, netWithin, secondsOf, type UsableEnergy } from '../analysis/device-energy.js';
import type { EnergyFigure, PartEnergy } from './report-data.js';

export interface FigureSources {
  readonly campaign: Campaign;
  readonly intensity: KnownIntensity | undefined;
}

/** None for an objective that is no energy, and for a trial that gave no reading. */
export function energyFigures(
  { campaign, intensity }: FigureSources,
  { energies, observation }: TrialResult,
  objective: Objective,
): EnergyFigure[] {
  const energy = energies[objective.name];
  if (objective.from !== 'energy' || !energy) return [];
  const { window, label, per } = objective.energy;
  const boundary = boundaryFor(campaign.measurement.boundary, observation?.devices ?? []);
  const windows = summedWindows(observation ?? { windows: [] }, objective.energy, boundary);
  const idle = (observation?.windows ?? []).filter(({ kind }) => kind === 'idle');
  const core = {
    objective: objective.name,
    window: label ? `${window} ${label}` : window,
    boundary,
    windows: windows.length,
    seconds: secondsOf(windows),
    parts: deviceEnergies(windows).map((one) => partEnergy(one, { windows, idle, boundary })),
  };
  if (energy.kind === 'unusable') return [{ ...core, kind: 'unusable', reason: energy.reason }];
  return [
    {
      ...core,
      kind: 'usable',
      joules: energy.joules,
      ...(energy.items !== undefined && { items: energy.items }),
      ...(per !== undefined && { per }),
      provenance: energy.provenance,
      uncertainty: energy.uncertainty,
      ...(energy.repeats && { repeats: energy.repeats }),
      net: netWithin({ windows, idle, boundary }) ?? { kind: 'unusable', reason: whyNoIdle(campaign, observation) },
      ...coveredBy(core.parts),
      ...(intensity && { carbonGrams: grams(energy.joules, intensity) }),
    },
  ];
}

/** Devices within the boundary, their sources, and what happened to them meanwhile. */
function coveredBy(parts: readonly PartEnergy[]): Record<'devices' | 'sources' | 'events', readonly string[]> {
  const covered = parts.filter(({ withinBoundary }) => withinBoundary);
  return {
    devices: distinct(covered.map(({ device }) => device)),
    sources: distinct(covered.map(({ source }) => source)),
    events: distinct(covered.flatMap((part) => (part.kind === 'usable' ? part.events : []))),
  };
}

/** The agent says in its facts why it took no idle window. */
function whyNoIdle({ measurement }: Campaign, observation: Observation | undefined): string {
  const fact = observation?.facts['idle'];
  if (fact !== undefined) return `idle window ${fact}`;
  return measurement.idleSeconds === 0 ? 'the campaign asks for no idle window' : 'no idle window was taken';
}

interface PartContext {
  readonly windows: readonly WindowReading[];
  readonly idle: readonly WindowReading[];
  readonly boundary: Boundary;
}

function partEnergy(energy: DeviceEnergy, { windows, idle, boundary }: PartContext): PartEnergy {
  const { device, part, source } = energy;
  const core = { device, part, source, withinBoundary: BOUNDARY_PARTS[boundary].includes(part) };
  if (energy.kind === 'unusable') return { ...core, kind: 'unusable', reason: energy.reason };
  const net = netOfDevice(energy, windows, idle);
  return { ...core, kind: 'usable', ...figuresOf(energy), ...(net && { net }) };
}

function figuresOf(energy: UsableEnergy): Omit<Extract<PartEnergy, { kind: 'usable' }>, 'kind' | keyof PartCore> {
  const { rawMicrojoules, check, unattributedMicrojoules, peakWatts, temperatureCelsius } = energy;
  const joules = joulesOf(energy.microjoules);
  return {
    provenance: energy.provenance,
    joules,
    meanWatts: energy.meanWatts,
    uncertainty: energy.uncertainty,
    events: energy.events,
    ...(peakWatts !== undefined && { peakWatts }),
    ...(rawMicrojoules !== undefined && { rawJoules: joulesOf(rawMicrojoules) }),
    ...(check && { check: { source: check.source, joules: joulesOf(check.microjoules) } }),
    ...(unattributedMicrojoules !== undefined && { unattributedJoules: joulesOf(unattributedMicrojoules) }),
    ...(temperatureCelsius && { temperatureCelsius }),
  };
}

type PartCore = Pick<PartEnergy, 'device' | 'part' | 'source' | 'withinBoundary'>;

const joulesOf = (microjoules: bigint): number => Number(microjoules) / 1e6;

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];
