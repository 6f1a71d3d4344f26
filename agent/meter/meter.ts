/** The port between the runner and the meter: attach a trial, then ask for the energy of any of its windows. */

import type { Device, SensorReport } from '../../shared/domain/hardware.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../shared/domain/measurement.js';
import type { DeviceCondition } from './energy-source.js';

/** Meters all devices of this machine from the moment it is opened until it is closed. */
export interface Meter {
  readonly devices: readonly Device[];
  /** How the energy of each part will be known, or why not and how to get it; as found when the meter was opened. */
  readonly sensors: readonly SensorReport[];
  /** Versions of the drivers behind the sensors, by name. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Begins to account for one trial. */
  attach(trial: MeteredTrial): TrialMeter;
  /** The sensors with their quality as known by now. */
  currentSensors(): Promise<readonly SensorReport[]>;
  /** Latest state of these devices: temperature, clocks, throttling, processes. */
  conditions(devices: readonly DeviceId[]): Promise<readonly DeviceCondition[]>;
  /** Processes on these devices that belong to no attached trial and not to this agent. */
  strangers(devices: readonly DeviceId[]): Promise<Strangers>;
  close(): Promise<void>;
}

export interface MeteredTrial {
  /** Devices that the trial holds exclusively; empty on a CPU slot. */
  readonly devices: readonly DeviceId[];
  /** Process group of the trainer, whose processor time is counted; `none`: nothing works yet; absent: the calling process. */
  readonly processGroup?: number | 'none';
  /** `NAME=value` in the environment of all processes of the group, by which those are found that have left it. */
  readonly mark?: string;
  /**
   * Just before its process group was started: its account begins then, and all the processor time of the group is in it.
   * At most some seconds ago; absent: it begins now.
   */
  readonly sinceNanoseconds?: bigint;
  /** True: a window in which strangers used a held device is only marked, not unusable. */
  readonly toleratesStrangers?: boolean;
}

/** Who else uses a device. `unknown`: it cannot be told here, and nobody is accused. */
export type Strangers =
  | { readonly kind: 'none' }
  | { readonly kind: 'present'; readonly processes: readonly Stranger[] }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Stranger {
  readonly device: DeviceId;
  readonly pid: number;
  /** Name of the program, where it can be read. */
  readonly name?: string;
}

/** The energy of one trial: its own devices, and its part of the host's CPU packages and DRAM. */
export interface TrialMeter {
  /**
   * Energy of each device between two instants of CLOCK_MONOTONIC, by interpolation in the ledger.
   *
   * Any window since `attach`, or since what it was told to begin at, also overlapping, nested, retroactive or still open. Resolves when readings reach beyond
   * `end`.
   */
  window(startNanoseconds: bigint, endNanoseconds: bigint): Promise<readonly DeviceEnergy[]>;
  /** Energy from the beginning of the account until an instant, by default until now: then what came since the last readings is not in it yet. */
  total(endNanoseconds?: bigint): Promise<readonly AttemptEnergy[]>;
  /** Longest update period of the sensors of these devices, in seconds, for phase shifts; 0 when none is latched. */
  tickSeconds(): Promise<number>;
  close(): Promise<void>;
}
