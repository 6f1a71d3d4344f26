/** Energy of each device over several windows of one attempt, and what of it lies above idle. */

import {
  BOUNDARY_PARTS,
  worstProvenance,
  type Boundary,
  type DeviceEnergy,
  type EnergyUncertainty,
  type WindowReading,
} from '../../shared/domain/measurement.js';
import { netOfIdle, type NetEnergy } from '../../shared/domain/net-energy.js';
import { present } from '../../shared/domain/present.js';
import { groupedBy } from './grouped-by.js';

export type UsableEnergy = Extract<DeviceEnergy, { kind: 'usable' }>;

/** Length of several windows together. */
export const secondsOf = (windows: readonly WindowReading[]): number =>
  Number(windows.reduce((sum, one) => sum + one.endNanoseconds - one.startNanoseconds, 0n)) / 1e9;

/**
 * One figure per device, as if the windows were one: random parts add in squares, the common gain adds up.
 *
 * Unusable where the device was in one of them. What only some of the windows have, such as a second reading, is left out.
 */
export function deviceEnergies(windows: readonly WindowReading[]): DeviceEnergy[] {
  const seconds = secondsOf(windows);
  const readings = windows.flatMap(({ devices }) => devices);
  const groups = groupedBy(readings, ({ device, part, source }) => JSON.stringify([device, part, source]));
  return [...groups.values()].map((group) => {
    const bad = group.find((reading) => reading.kind === 'unusable');
    const usable = group.filter((reading) => reading.kind === 'usable');
    return bad ?? together(usable, seconds);
  });
}

function together(readings: readonly UsableEnergy[], seconds: number): UsableEnergy {
  const first = present(readings[0], 'reading');
  const last = present(readings.at(-1), 'reading');
  const { device, part, source } = first;
  const microjoules = total(readings.map((reading) => reading.microjoules));
  const peaks = readings.flatMap(({ peakWatts }) => peakWatts ?? []);
  const isCorrected = readings.some(({ rawMicrojoules }) => rawMicrojoules !== undefined);
  return {
    ...{ kind: 'usable', device, part, source, microjoules },
    provenance: present(worstProvenance(readings.map(({ provenance }) => provenance)), 'provenance'),
    meanWatts: seconds > 0 ? Number(microjoules) / 1e6 / seconds : first.meanWatts,
    uncertainty: addedUncertainty(readings),
    events: [...new Set(readings.flatMap(({ events }) => events))],
    ...(peaks.length > 0 && { peakWatts: Math.max(...peaks) }),
    ...(isCorrected && { rawMicrojoules: total(readings.map((one) => one.rawMicrojoules ?? one.microjoules)) }),
    ...checkOf(readings),
    ...unattributedOf(readings),
    ...(first.temperatureCelsius &&
      last.temperatureCelsius && {
        temperatureCelsius: { start: first.temperatureCelsius.start, end: last.temperatureCelsius.end },
      }),
  };
}

function addedUncertainty(readings: readonly UsableEnergy[]): EnergyUncertainty {
  const squares = (pick: (parts: EnergyUncertainty) => number): number =>
    Math.hypot(...readings.map(({ uncertainty }) => pick(uncertainty)));
  return {
    edgeJoules: squares(({ edgeJoules }) => edgeJoules),
    samplingJoules: squares(({ samplingJoules }) => samplingJoules),
    gapJoules: squares(({ gapJoules }) => gapJoules),
    gainJoules: readings.reduce((sum, { uncertainty }) => sum + uncertainty.gainJoules, 0),
  };
}

function checkOf(readings: readonly UsableEnergy[]): Pick<UsableEnergy, 'check'> {
  const checks = readings.flatMap(({ check }) => check ?? []);
  const [first] = checks;
  if (!first || checks.length < readings.length) return {};
  return { check: { source: first.source, microjoules: total(checks.map(({ microjoules }) => microjoules)) } };
}

function unattributedOf(readings: readonly UsableEnergy[]): Pick<UsableEnergy, 'unattributedMicrojoules'> {
  const known = readings.flatMap(({ unattributedMicrojoules }) => unattributedMicrojoules ?? []);
  return known.length === readings.length ? { unattributedMicrojoules: total(known) } : {};
}

const total = (all: readonly bigint[]): bigint => all.reduce((sum, microjoules) => sum + microjoules, 0n);

/** Energy above idle of one device over these windows; `undefined` where no idle window has the device. */
export function netOfDevice(
  energy: DeviceEnergy,
  windows: readonly WindowReading[],
  idle: readonly WindowReading[],
): NetEnergy | undefined {
  const idleEnergy = deviceEnergies(idle).find(({ device, part }) => device === energy.device && part === energy.part);
  return idleEnergy && netOfIdle(energy, idleEnergy, { window: secondsOf(windows), idle: secondsOf(idle) });
}

export interface NetSources {
  readonly windows: readonly WindowReading[];
  readonly idle: readonly WindowReading[];
  readonly boundary: Boundary;
}

/** Energy above idle within a boundary; `undefined` without an idle window. Devices add up as in a gross sum. */
export function netWithin({ windows, idle, boundary }: NetSources): NetEnergy | undefined {
  if (idle.length === 0) return undefined;
  const covered = deviceEnergies(windows).filter(({ part }) => BOUNDARY_PARTS[boundary].includes(part));
  const nets = covered.map((energy) => ({ energy, net: netOfDevice(energy, windows, idle) }));
  if (nets.length === 0) return { kind: 'unusable', reason: `no sensor within the boundary ${boundary}` };
  for (const { energy, net } of nets) {
    if (!net) return { kind: 'unusable', reason: `${energy.device}: not in the idle window` };
    if (net.kind === 'unusable') return { kind: 'unusable', reason: `${energy.device}: ${net.reason}` };
  }
  return addedNets(nets.flatMap(({ net }) => (net?.kind === 'usable' ? [net] : [])));
}

type UsableNet = Extract<NetEnergy, { kind: 'usable' }>;

function addedNets(nets: readonly UsableNet[]): UsableNet {
  const sum = (pick: (net: UsableNet) => number): number => nets.reduce((all, net) => all + pick(net), 0);
  const squares = (pick: (parts: UsableNet['uncertainty']) => number): number =>
    Math.hypot(...nets.map(({ uncertainty }) => pick(uncertainty)));
  const joules = sum((net) => net.joules);
  return {
    kind: 'usable',
    joules,
    idleWatts: sum(({ idleWatts }) => idleWatts),
    provenance: present(worstProvenance(nets.map(({ provenance }) => provenance)), 'provenance'),
    uncertainty: {
      edgeJoules: squares(({ edgeJoules }) => edgeJoules),
      samplingJoules: squares(({ samplingJoules }) => samplingJoules),
      gapJoules: squares(({ gapJoules }) => gapJoules),
      gainJoules: squares(({ gainJoules }) => gainJoules),
      idleJoules: squares(({ idleJoules }) => idleJoules),
    },
    belowIdle: joules < 0,
  };
}
