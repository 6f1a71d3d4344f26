/** The port between the runner and the meter: attach a trial, then ask for the energy of any of its windows. */

import type { Device, SensorReport } from '../../shared/domain/hardware.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../shared/domain/measurement.js';

/** Meters all devices of this machine from the moment it is opened until it is closed. */
export interface Meter {
  readonly devices: readonly Device[];
  /** How the energy of each part will be known, or why not and how to get it. */
  readonly sensors: readonly SensorReport[];
  /** Versions of the drivers behind the sensors, by name. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Begins to account for one trial. */
  attach(trial: MeteredTrial): TrialMeter;
  close(): Promise<void>;
}

export interface MeteredTrial {
  /** Devices that the trial holds exclusively; empty on a CPU slot. */
  readonly devices: readonly DeviceId[];
  /** Process group of the trainer, whose processor time is counted; absent: the calling process. */
  readonly processGroup?: number;
}

/** The energy of one trial: its own devices, and its part of the host's CPU packages and DRAM. */
export interface TrialMeter {
  /**
   * Energy of each device between two instants of CLOCK_MONOTONIC, by interpolation in the ledger.
   *
   * Any window since `attach`, also overlapping, nested or retroactive. Resolves when readings reach beyond `end`.
   */
  window(startNanoseconds: bigint, endNanoseconds: bigint): Promise<readonly DeviceEnergy[]>;
  /** Energy from `attach` until now. */
  total(): Promise<readonly AttemptEnergy[]>;
  close(): Promise<void>;
}
