/** The meter of one machine: held devices, their sensors, and accounts of trials, over a sampler. */

import { DomainError } from '../../shared/domain/errors.js';
import type { Device, SensorReport } from '../../shared/domain/hardware.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../shared/domain/measurement.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { ProbedDevice } from './energy-source.js';
import { holdDevices, type HeldDevices, type HoldOptions } from './held-devices.js';
import type { Meter, MeteredTrial, TrialMeter } from './meter.js';
import type { Sampler, SamplerProbe } from './sampling/sampler.js';

export interface MachineMeterOptions extends HoldOptions {
  readonly clock: Clock;
  readonly sampler: Sampler;
}

/** Probes, takes the devices, and begins to sample; closes the sampler again when that fails. */
export async function openMachineMeter(options: MachineMeterOptions): Promise<Meter> {
  const { sampler, clock } = options;
  let devices: HeldDevices | undefined;
  try {
    const probe = await sampler.probe();
    devices = await holdDevices(probe.found, options);
    await sampler.hold(devices.held.map(({ device }) => device.id));
    return new MachineMeter({ sampler, clock, probe, devices });
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
    this.sensors = sensorReports(opened);
    this.versions = opened.probe.versions;
  }

  attach({ devices, processGroup }: MeteredTrial): TrialMeter {
    const { held } = this.#opened.devices;
    const own = devices.map((id) => {
      const probed = held.find(({ device, part }) => device.id === id && part === 'accelerator');
      if (probed === undefined) throw new DomainError(`the meter does not hold the accelerator ${id}`, { device: id });
      return probed;
    });
    const host = held.filter(({ part }) => part !== 'accelerator');
    this.#attached++;
    return new MachineTrialMeter(this.#opened, {
      trial: this.#attached,
      metered: [...own, ...host],
      devices,
      ...(processGroup !== undefined && { processGroup }),
    });
  }

  async close(): Promise<void> {
    await this.#opened.sampler.close();
    await this.#opened.devices.release();
  }
}

interface AttachedTrial {
  readonly trial: number;
  readonly metered: readonly ProbedDevice[];
  readonly devices: readonly DeviceId[];
  readonly processGroup?: number;
}

class MachineTrialMeter implements TrialMeter {
  readonly #opened: Opened;
  readonly #attached: AttachedTrial;
  /** Settles when the sampler has the trial; a failure shows in the first question. */
  readonly #ready: Promise<void>;
  #lastTotal: readonly AttemptEnergy[] = [];

  constructor(opened: Opened, attached: AttachedTrial) {
    this.#opened = opened;
    this.#attached = attached;
    const { trial, devices, processGroup } = attached;
    const atNanoseconds = opened.clock.monotonicNanoseconds();
    this.#ready = opened.sampler.attach({
      trial,
      devices,
      atNanoseconds,
      ...(processGroup !== undefined && { processGroup }),
    });
    this.#ready.catch(() => undefined);
  }

  /** A sampler that is gone makes the window unusable: what else the trial yielded stays valid. */
  async window(startNanoseconds: bigint, endNanoseconds: bigint): Promise<readonly DeviceEnergy[]> {
    const { trial, metered } = this.#attached;
    try {
      await this.#ready;
      return await this.#opened.sampler.window({ trial, startNanoseconds, endNanoseconds });
    } catch (error) {
      const reason = (error as Error).message;
      return metered.map(({ device, part, source }) => ({ kind: 'unusable', device: device.id, part, source, reason }));
    }
  }

  /** Without a sampler, what was last known: a lower bound. */
  async total(): Promise<readonly AttemptEnergy[]> {
    try {
      await this.#ready;
      const now = this.#opened.clock.monotonicNanoseconds();
      this.#lastTotal = await this.#opened.sampler.total(this.#attached.trial, now);
    } catch {
      return this.#lastTotal;
    }
    return this.#lastTotal;
  }

  async close(): Promise<void> {
    await this.#opened.sampler.detach(this.#attached.trial).catch(() => undefined);
  }
}

function sensorReports({ probe, devices }: Opened): readonly SensorReport[] {
  const { held, yielded, yieldedTo } = devices;
  const holder = yieldedTo === undefined ? 'another process' : `process ${yieldedTo}`;
  return [
    ...held.map(({ device, part, source, provenance, detail }) => ({
      device: device.id,
      part,
      source,
      available: true,
      provenance,
      detail,
    })),
    ...yielded.map(({ device, part, source }) => ({
      device: device.id,
      part,
      source,
      available: false,
      detail: `held by ${holder}, which meters the host; this agent meters its accelerators only.`,
    })),
    ...probe.missing,
  ];
}
