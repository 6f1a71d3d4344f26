/** Opens the meter of this machine: sampler thread, device locks, and the simulated device where one is asked for. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { UsageError } from '../../shared/domain/errors.js';
import { deviceId, type DeviceId } from '../../shared/domain/identity.js';
import type { Clock } from '../../shared/runtime/clock.js';
import { loadCalibrations } from './calibration/calibration-files.js';
import { lockDevice, type DeviceLock } from './device-lock.js';
import type { HoldOptions } from './held-devices.js';
import { openMachineMeter } from './machine-meter.js';
import type { Meter } from './meter.js';
import type { SamplerSettings } from './sampling/open-sampler.js';
import { startSamplerThread } from './sampling/sampler-worker.js';
import { SIMULATED_MODELS } from './sources/simulated-devices.js';
import type { WallMeterSettings } from './sources/wall-meter-settings.js';

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
  /** The operator's wall meter. */
  readonly wallMeter?: WallMeterSettings;
  /** The agent's own `CUDA_VISIBLE_DEVICES` and `CUDA_DEVICE_ORDER`. */
  readonly visible?: NonNullable<HoldOptions['visible']>;
  /** False: only reads, beside whoever holds the devices; what is read is charged to no trial of theirs. */
  readonly takeLocks?: boolean;
  /** Where readings are kept for the case that this process dies, with what is found about sensors; absent: nowhere. */
  readonly journalFolder?: string;
  /** Where `ecopt calibrate-meter` keeps calibrations; absent: figures are as the sensors give them. */
  readonly calibrationFolder?: string;
}

/**
 * Finds the sensors, takes their devices and starts sampling.
 *
 * @throws {UsageError} for an unknown simulated model or device name, a useless figure, or a library that cannot be loaded.
 * @throws {EnvironmentError} if a device is held by another process.
 */
export async function openMeter(options: OpenMeterOptions): Promise<Meter> {
  const { clock, procRoot = '/proc', devices, visible, cpuWattsPerCore, calibrationFolder } = options;
  if (cpuWattsPerCore !== undefined && !(cpuWattsPerCore > 0 && cpuWattsPerCore < Infinity)) {
    throw new UsageError(`--cpu-watts-per-core: ${cpuWattsPerCore} is no power; give watts above 0, such as 5.4`);
  }
  const calibrations = calibrationFolder === undefined ? undefined : loadCalibrations(calibrationFolder);
  const lock = options.takeLocks === false ? readOnly : locking(clock);
  const simulated =
    options.simulate === undefined ? undefined : await lockSimulated(options.simulate, { procRoot, lock });
  return openMachineMeter({
    clock,
    sampler: startSamplerThread(samplerSettings(options, simulated)),
    lock: simulated ? () => Promise.resolve(simulated.lock) : lock,
    ...(devices && !simulated && { devices }),
    ...(visible && !simulated && { visible }),
    ...(calibrations && { calibrations }),
  });
}

const locking =
  (clock: Clock) =>
  (device: DeviceId): Promise<DeviceLock> =>
    lockDevice(device, { clock, pid: process.pid });

/** Takes nothing: whoever holds the device goes on holding it. */
const readOnly = (device: DeviceId): Promise<DeviceLock> =>
  Promise.resolve({ kind: 'held', device, release: () => Promise.resolve() });

function samplerSettings(options: OpenMeterOptions, simulated: SimulatedLock | undefined): SamplerSettings {
  const { sysfsRoot = '/sys', procRoot = '/proc', nvmlLibrary, cpuWattsPerCore, wallMeter, journalFolder } = options;
  return {
    sysfsRoot,
    procRoot,
    ownPid: process.pid,
    ...(nvmlLibrary !== undefined && { nvmlLibrary }),
    ...(simulated && { simulate: { model: simulated.model, id: simulated.lock.device } }),
    ...(cpuWattsPerCore !== undefined && { cpuWattsPerCore }),
    ...(wallMeter && { wallMeter }),
    ...(journalFolder !== undefined && { journalFolder }),
  };
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
