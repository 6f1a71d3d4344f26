/** The meter of one machine: held devices, their sensors, and accounts of trials, over a sampler. */

import { DomainError } from '../../shared/domain/errors.js';
import type { Device, SensorReport } from '../../shared/domain/hardware.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../shared/domain/measurement.js';
import type { Clock } from '../../shared/runtime/clock.js';
import { Calibrations } from './calibrated.js';
import type { Calibration } from './calibration/calibration.js';
import type { DeviceCondition, ProbedDevice } from './energy-source.js';
import { holdDevices, type HeldDevices, type HoldOptions } from './held-devices.js';
import type { Meter, MeteredTrial, Strangers, TrialMeter } from './meter.js';
import type { Sampler, SamplerProbe } from './sampling/sampler.js';
import { sensorReports } from './sensor-reports.js';

export interface MachineMeterOptions extends HoldOptions {
  readonly clock: Clock;
  readonly sampler: Sampler;
  /** By device; absent: none. */
  readonly calibrations?: ReadonlyMap<DeviceId, Calibration>;
}

/** Probes, takes the devices, and begins to sample; closes the sampler again when that fails. */
export async function openMachineMeter(options: MachineMeterOptions): Promise<Meter> {
  const { sampler, clock, calibrations = new Map() } = options;
  let devices: HeldDevices | undefined;
  try {
    const probe = await sampler.probe();
    devices = await holdDevices(probe.found, options);
    const { held } = devices;
    await sampler.hold(held.map(({ device }) => device.id));
    const sensors = { held, versions: probe.versions, unixMilliseconds: clock.wallMilliseconds() };
    return new MachineMeter({ sampler, clock, probe, devices, calibrations: new Calibrations(calibrations, sensors) });
  } catch (error) {
    await devices?.release();
    await sampler.close();
    throw error;
  }
}

interface Opened {
  readonly sampler: Sampler;
  readonly clock: Clock;
  readonly probe: SamplerProbe;
  readonly devices: HeldDevices;
  readonly calibrations: Calibrations;
}

class MachineMeter implements Meter {
  readonly devices: readonly Device[];
  readonly sensors: readonly SensorReport[];
  readonly versions: Readonly<Record<string, string>>;
  readonly #opened: Opened;
  #attached = 0;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.devices = opened.devices.held.map(({ device }) => device);
    this.sensors = this.#report([]);
    this.versions = opened.probe.versions;
  }

  attach(trial: MeteredTrial): TrialMeter {
    const { held } = this.#opened.devices;
    const own = trial.devices.map((id) => {
      const probed = held.find(({ device, part }) => device.id === id && part === 'accelerator');
      if (probed === undefined) throw new DomainError(`the meter does not hold the accelerator ${id}`, { device: id });
      return probed;
    });
    const host = held.filter(({ part }) => part !== 'accelerator');
    this.#attached++;
    return new MachineTrialMeter(this.#opened, { ...trial, trial: this.#attached, metered: [...own, ...host] });
  }

  /** When the sampler is gone, what was found at the start. */
  async currentSensors(): Promise<readonly SensorReport[]> {
    try {
      return this.#report(await this.#opened.sampler.sensors());
    } catch {
      return this.sensors;
    }
  }

  conditions(devices: readonly DeviceId[]): Promise<readonly DeviceCondition[]> {
    return this.#opened.sampler.conditions(devices);
  }

  async strangers(devices: readonly DeviceId[]): Promise<Strangers> {
    try {
      return await this.#opened.sampler.strangers(devices);
    } catch (error) {
      return { kind: 'unknown', reason: (error as Error).message };
    }
  }

  async close(): Promise<void> {
    await this.#opened.sampler.close();
    await this.#opened.devices.release();
  }

  #report(states: Parameters<typeof sensorReports>[1]): readonly SensorReport[] {
    const { devices, probe, calibrations } = this.#opened;
    return sensorReports({ devices, missing: probe.missing }, states, (device) => calibrations.note(device));
  }
}

interface AttachedTrial extends MeteredTrial {
  readonly trial: number;
  readonly metered: readonly ProbedDevice[];
}

class MachineTrialMeter implements TrialMeter {
  readonly #opened: Opened;
  readonly #attached: AttachedTrial;
  readonly #atNanoseconds: bigint;
  /** Settles when the sampler has the trial; a failure shows in the first question. */
  readonly #ready: Promise<void>;
  #lastTotal: readonly AttemptEnergy[] = [];

  constructor(opened: Opened, attached: AttachedTrial) {
    this.#opened = opened;
    this.#attached = attached;
    const { metered: _metered, sinceNanoseconds, ...trial } = attached;
    this.#atNanoseconds = sinceNanoseconds ?? opened.clock.monotonicNanoseconds();
    const isNew = sinceNanoseconds !== undefined && { isNewGroup: true as const };
    this.#ready = opened.sampler.attach({ ...trial, ...isNew, atNanoseconds: this.#atNanoseconds });
    this.#ready.catch(() => undefined);
  }

  /** A sampler that is gone makes the window unusable: what else the trial yielded stays valid. */
  async window(startNanoseconds: bigint, endNanoseconds: bigint): Promise<readonly DeviceEnergy[]> {
    const { trial, metered } = this.#attached;
    const { sampler, calibrations } = this.#opened;
    try {
      await this.#ready;
      const energies = await sampler.window({ trial, startNanoseconds, endNanoseconds });
      const seconds = Number(endNanoseconds - startNanoseconds) / 1e9;
      return energies.map((energy) => calibrations.window(energy, seconds));
    } catch (error) {
      const reason = (error as Error).message;
      return metered.map(({ device, part, source }) => ({ kind: 'unusable', device: device.id, part, source, reason }));
    }
  }

  /** Without a sampler, what was last known: a lower bound. */
  async total(endNanoseconds?: bigint): Promise<readonly AttemptEnergy[]> {
    const { sampler, clock, calibrations } = this.#opened;
    try {
      await this.#ready;
      const now = endNanoseconds ?? clock.monotonicNanoseconds();
      const energies = await sampler.total(this.#attached.trial, now);
      const seconds = Number(now - this.#atNanoseconds) / 1e9;
      this.#lastTotal = energies.map((energy) => calibrations.total(energy, seconds));
    } catch {
      this.#lastTotal = this.#lastTotal.map((energy) => ({ ...energy, isLowerBound: true }));
    }
    return this.#lastTotal;
  }

  async tickSeconds(): Promise<number> {
    try {
      await this.#ready;
      return await this.#opened.sampler.tickSeconds(this.#attached.trial);
    } catch {
      return 0;
    }
  }

  async close(): Promise<void> {
    await this.#opened.sampler.detach(this.#attached.trial).catch(() => undefined);
  }
}
