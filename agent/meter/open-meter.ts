/** Opens the meter of this machine: sampler thread, device locks, and the simulated device where one is asked for. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { UsageError } from '../../shared/domain/errors.js';
import { deviceId, type DeviceId } from '../../shared/domain/identity.js';
import type { Clock } from '../../shared/runtime/clock.js';
import { lockDevice, type DeviceLock } from './device-lock.js';
import { openMachineMeter } from './machine-meter.js';
import type { Meter } from './meter.js';
import { startSamplerThread } from './sampling/sampler-worker.js';
import { SIMULATED_MODELS } from './sources/simulated-devices.js';

export interface OpenMeterOptions {
  readonly clock: Clock;
  /** The only NVML library that is tried (`ECOPT_NVML_LIBRARY`); absent: the usual places. */
  readonly nvmlLibrary?: string;
  /** Folders that stand for `/sys` and `/proc`. */
  readonly sysfsRoot?: string;
  readonly procRoot?: string;
  /** Name of a simulated device model, which then stands in for all sensors. */
  readonly simulate?: string;
  /** What to hold: ids, unique beginnings of UUIDs, PCI addresses, or `cpu`; absent: everything found. */
  readonly devices?: readonly string[];
  /** Watts of one busy core for the CPU model; absent: a default that the sensor's report states. */
  readonly cpuWattsPerCore?: number;
}

/**
 * Finds the sensors, takes their devices and starts sampling.
 *
 * @throws {UsageError} for an unknown simulated model or device name, a useless figure, or a library that cannot be loaded.
 * @throws {EnvironmentError} if a device is held by another process.
 */
export async function openMeter(options: OpenMeterOptions): Promise<Meter> {
  const { clock, nvmlLibrary, sysfsRoot = '/sys', procRoot = '/proc', devices, cpuWattsPerCore } = options;
  if (cpuWattsPerCore !== undefined && !(cpuWattsPerCore > 0 && cpuWattsPerCore < Infinity)) {
    throw new UsageError(`--cpu-watts-per-core: ${cpuWattsPerCore} is no power; give watts above 0, such as 5.4`);
  }
  const lock = (device: DeviceId): Promise<DeviceLock> => lockDevice(device, { clock, pid: process.pid });
  const simulated =
    options.simulate === undefined ? undefined : await lockSimulated(options.simulate, { procRoot, lock });
  const sampler = startSamplerThread({
    sysfsRoot,
    procRoot,
    ownPid: process.pid,
    ...(nvmlLibrary !== undefined && { nvmlLibrary }),
    ...(simulated && { simulate: { model: simulated.model, id: simulated.lock.device } }),
    ...(cpuWattsPerCore !== undefined && { cpuWattsPerCore }),
  });
  return openMachineMeter({
    clock,
    sampler,
    lock: simulated ? () => Promise.resolve(simulated.lock) : lock,
    ...(devices && !simulated && { devices }),
  });
}

interface SimulatedLockOptions {
  readonly procRoot: string;
  readonly lock: (device: DeviceId) => Promise<DeviceLock>;
}

interface SimulatedLock {
  readonly model: string;
  readonly lock: DeviceLock;
}

/** Simulated agents on one host at a time; far more than a test of a fleet starts. */
const MOST_SIMULATED = 4096;

/** The first free number of this model on this host: the same device again after a restart. */
async function lockSimulated(model: string, { procRoot, lock }: SimulatedLockOptions): Promise<SimulatedLock> {
  if (!SIMULATED_MODELS.some(({ name }) => name === model)) {
    const known = SIMULATED_MODELS.map(({ name }) => name).join(', ');
    throw new UsageError(`--simulate: there is no model ${model}; there are: ${known}`);
  }
  const host = createHash('sha256').update(readHostName(procRoot)).digest('hex').slice(0, 8);
  for (let number = 0; number < MOST_SIMULATED; number++) {
    const taken = await lock(deviceId(`SIM-${host}-${model}-${number}`));
    if (taken.kind === 'held') return { model, lock: taken };
  }
  throw new UsageError(`--simulate: all ${MOST_SIMULATED} simulated ${model} of this host are in use`);
}

/** Keeps simulated devices of different hosts apart; not a secret. */
function readHostName(procRoot: string): string {
  try {
    return readFileSync(join(procRoot, 'sys/kernel/hostname'), 'utf8').trim();
  } catch {
    return 'unnamed host';
  }
}
