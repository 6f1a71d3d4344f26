/** Applies what calibrations taught to the figures of the meter, and says so in the sensors' reports. */

import type { DeviceId } from '../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../shared/domain/measurement.js';
import { correct, correctTotal, useOf, type Calibration, type CalibrationUse } from './calibration/calibration.js';
import type { ProbedDevice } from './energy-source.js';

export interface Sensors {
  readonly held: readonly ProbedDevice[];
  readonly versions: Readonly<Record<string, string>>;
  readonly unixMilliseconds: number;
}

/** The calibrations of the held devices; those of other devices, sources or drivers change nothing. */
export class Calibrations {
  readonly #applied = new Map<DeviceId, Calibration>();
  readonly #uses = new Map<DeviceId, CalibrationUse>();

  constructor(known: ReadonlyMap<DeviceId, Calibration>, { held, versions, unixMilliseconds }: Sensors) {
    for (const { device, source } of held) {
      const calibration = known.get(device.id);
      if (calibration === undefined) continue;
      const use = useOf(calibration, { device: device.id, source, versions, unixMilliseconds });
      this.#uses.set(device.id, use);
      if (use.applies) this.#applied.set(device.id, calibration);
    }
  }

  /** For the report of a device's sensor; empty where it has no calibration. */
  note(device: DeviceId): string {
    const use = this.#uses.get(device);
    return use === undefined ? '' : `; ${use.note}`;
  }

  window(energy: DeviceEnergy, seconds: number): DeviceEnergy {
    const calibration = this.#applied.get(energy.device);
    return calibration === undefined ? energy : correct(energy, seconds, calibration);
  }

  total(energy: AttemptEnergy, seconds: number): AttemptEnergy {
    const calibration = this.#applied.get(energy.device);
    return calibration === undefined ? energy : correctTotal(energy, seconds, calibration);
  }
}
