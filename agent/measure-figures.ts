/** What the runs of one command come to: figures of each device, their sum, and how well its mean is known. */

import type { Device } from '../shared/domain/hardware.js';
import type { DeviceId } from '../shared/domain/identity.js';
import {
  BOUNDARY_PARTS,
  PARTS,
  randomJoules,
  sumWithin,
  type Boundary,
  type DeviceEnergy,
  type Part,
  type SummedEnergy,
} from '../shared/domain/measurement.js';
import { netOfIdle, type NetEnergy } from '../shared/domain/net-energy.js';
import type { KnownIntensity } from '../shared/schema/carbon-intensity.js';
import { standardJoules } from './energy-json.js';
import type { IdleReading, MeasuredRun } from './measure-run.js';
import { runStatistics, type RunFigure, type RunStatistics } from './measure-statistics.js';

/** Everything that a report is made of. */
export interface Measurement {
  readonly argv: readonly string[];
  /** In order; never empty. The last may be the one that failed. */
  readonly runs: readonly MeasuredRun[];
  readonly idle?: IdleReading;
  readonly carbon?: KnownIntensity;
  /** Runs that were asked for, at most; absent: one. */
  readonly runsWanted?: number;
  /** How well the gain of the operator's wall meter is known, and what that rests on. */
  readonly wallAccuracy?: { readonly relative: number; readonly basis: string };
  /** Present when runs were repeated until this relative half-width. */
  readonly target?: { readonly relativeHalfWidth: number; readonly isReached: boolean };
  readonly devices: readonly Device[];
  readonly versions: Readonly<Record<string, string>>;
}

/** One usable figure of one run. */
export type UsableEnergy = DeviceEnergy & { readonly kind: 'usable' };

/** One device over all runs. */
export interface DeviceFigures {
  readonly device: DeviceId;
  readonly part: Part;
  readonly source: string;
  readonly product?: string;
  readonly usable: readonly { readonly energy: UsableEnergy; readonly seconds: number }[];
  /** Why runs have no figure: each reason once, with the number of its runs. */
  readonly unusable: readonly { readonly reason: string; readonly runs: number }[];
  /** Of the joules of the runs that have one. */
  readonly statistics?: RunStatistics;
}

/** Figures by device, accelerators first. */
export function deviceFigures({ runs, devices }: Measurement): readonly DeviceFigures[] {
  const all = runs.flatMap((run) => run.devices.map((energy) => ({ energy, seconds: run.seconds })));
  const keys = new Map(all.map(({ energy }) => [`${energy.part} ${energy.device}`, energy]));
  const figures = [...keys.values()].map(({ device, part, source }): DeviceFigures => {
    const own = all.filter(({ energy }) => energy.device === device && energy.part === part);
    const usable = own.flatMap(({ energy, seconds }) => (energy.kind === 'usable' ? [{ energy, seconds }] : []));
    const reasons = own.flatMap(({ energy }) => (energy.kind === 'unusable' ? [energy.reason] : []));
    const unusable = [...new Set(reasons)].map((reason) => ({
      reason,
      runs: reasons.filter((other) => other === reason).length,
    }));
    const statistics = runStatistics(
      usable.map(({ energy: { microjoules, uncertainty } }) => ({
        value: Number(microjoules) / 1e6,
        standard: randomJoules(uncertainty),
      })),
    );
    const product = devices.find(({ id }) => id === device)?.product;
    return {
      ...{ device, part, source, usable, unusable },
      ...(product !== undefined && { product }),
      ...(statistics && { statistics }),
    };
  });
  return figures.sort((a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part));
}

/** The narrowest boundary that holds all parts seen one by one; a machine seen as a whole is taken where nothing else is. */
export function boundaryOf(devices: readonly DeviceEnergy[]): Boundary {
  const has = (...parts: readonly Part[]): boolean => devices.some(({ part }) => parts.includes(part));
  if (has('accelerator')) return has('cpu', 'dram') ? 'accelerator+cpu+dram' : 'accelerator';
  return has('cpu', 'dram') ? 'cpu' : 'machine';
}

/** The energy of one run over all parts; unusable when one of them is. */
export const runSum = ({ devices }: MeasuredRun): SummedEnergy => sumWithin(devices, boundaryOf(devices));

/** The devices that the sum is over. */
export function summedDevices({ devices }: MeasuredRun): readonly DeviceEnergy[] {
  const parts = BOUNDARY_PARTS[boundaryOf(devices)];
  return devices.filter(({ part }) => parts.includes(part));
}

/** Joules of the sum in each run that has one, with what of its uncertainty is drawn anew in each run. */
export const usableSums = (runs: readonly MeasuredRun[]): readonly RunFigure[] =>
  runs
    .map(runSum)
    .flatMap((sum) => (sum.kind === 'usable' ? [{ value: sum.joules, standard: randomJoules(sum.uncertainty) }] : []));

/** Gain of the sum in joules, which repeats do not lessen: the mean of the runs; 0 without a usable one. */
export function sumGain(runs: readonly MeasuredRun[]): number {
  const gains = runs.map(runSum).flatMap((sum) => (sum.kind === 'usable' ? [sum.uncertainty.gainJoules] : []));
  return gains.reduce((total, gain) => total + gain, 0) / Math.max(1, gains.length);
}

/** Standard uncertainty of a device's power at rest, its gain included. */
export function idleStandardWatts({ device, part }: DeviceEnergy, idle: IdleReading | undefined): number {
  const rest = idle?.devices.find((one) => one.device === device && one.part === part);
  return idle && rest?.kind === 'usable' ? standardJoules(rest.uncertainty) / idle.seconds : 0;
}

/** Energy of a device above what it drew at rest; `undefined` without an idle window. */
export function netEnergy(energy: DeviceEnergy, seconds: number, idle: IdleReading | undefined): NetEnergy | undefined {
  const rest = idle?.devices.find(({ device, part }) => device === energy.device && part === energy.part);
  if (!idle || !rest) return undefined;
  if (rest.kind === 'usable' && rest.events.includes('other-processes')) {
    return { kind: 'unusable', reason: 'other processes used the device in the idle window' };
  }
  return netOfIdle(energy, rest, { window: seconds, idle: idle.seconds });
}
