/** The port between the meter and what samples: the same in a worker thread and in this one. */

import type { SensorQuality, SensorReport } from '../../../shared/domain/hardware.js';
import type { DeviceId } from '../../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../../shared/domain/measurement.js';
import type { DeviceCondition, ProbedDevice } from '../energy-source.js';
import type { Strangers } from '../meter.js';

/** Reads all held devices at a steady rate and answers for any window since a trial was attached. */
export interface Sampler {
  /** Finds what this machine offers; called first and once. */
  probe(): Promise<SamplerProbe>;
  /** Begins to sample these devices; resolves when each has given its first reading, or has had time enough. */
  hold(devices: readonly DeviceId[]): Promise<void>;
  attach(attachment: Attachment): Promise<void>;
  /** Ends the account once its open questions are answered. */
  detach(trial: number): Promise<void>;
  window(window: TrialWindow): Promise<readonly DeviceEnergy[]>;
  /** Energy from the trial's attachment to `endNanoseconds`. */
  total(trial: number, endNanoseconds: bigint): Promise<readonly AttemptEnergy[]>;
  /** The held sensors as known by now. */
  sensors(): Promise<readonly SensorState[]>;
  /** Latest state of these devices, as far as their sources know it. */
  conditions(devices: readonly DeviceId[]): Promise<readonly DeviceCondition[]>;
  /** Processes on these devices that belong to no attached trial and do not descend from the metering process. */
  strangers(devices: readonly DeviceId[]): Promise<Strangers>;
  /** See `TrialMeter` in ../meter.ts. */
  tickSeconds(trial: number): Promise<number>;
  close(): Promise<void>;
}

export interface SensorState {
  readonly device: DeviceId;
  /** Absent while too little was seen. */
  readonly quality?: SensorQuality;
  /** What people should know of it now, such as that it is lost. */
  readonly remark?: string;
  /** The device has gone, and gives no figure unless it comes back. */
  readonly isLost?: true;
}

export interface SamplerProbe {
  readonly found: readonly ProbedDevice[];
  readonly missing: readonly SensorReport[];
  readonly versions: Readonly<Record<string, string>>;
}

export interface Attachment {
  /** Number of the trial, given by the caller and never used again. */
  readonly trial: number;
  readonly devices: readonly DeviceId[];
  /** Absent: the process that runs the meter. */
  readonly processGroup?: number | 'none';
  readonly mark?: string;
  readonly atNanoseconds: bigint;
  /** The process group was started after `atNanoseconds`: what it has computed until now counts too. */
  readonly isNewGroup?: true;
  /** True: strangers on a device only mark its windows. */
  readonly toleratesStrangers?: boolean;
}

export interface TrialWindow {
  readonly trial: number;
  readonly startNanoseconds: bigint;
  readonly endNanoseconds: bigint;
}
