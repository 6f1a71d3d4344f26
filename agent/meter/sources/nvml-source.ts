/** NVIDIA GPUs: the energy counter where there is one, else power integrated over time. */

import { UsageError } from '../../../shared/domain/errors.js';
import type { SensorReport } from '../../../shared/domain/hardware.js';
import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import {
  FULL_COVERAGE,
  type EnergySource,
  type ProbedDevice,
  type Reading,
  type SensorTraits,
  type SourceProbe,
} from '../energy-source.js';
import { loadNvml, type NvmlBinding, type NvmlHandle, type NvmlResult } from './nvml-binding.js';
import { nvmlMeaning } from './nvml-status.js';

/** Where drivers put the library: the loader's own path, WSL 2, and hosts that mount the driver into containers. */
const LIBRARY_PATHS = [
  'libnvidia-ml.so.1',
  '/usr/lib/wsl/lib/libnvidia-ml.so.1',
  '/usr/local/nvidia/lib64/libnvidia-ml.so.1',
] as const;

export interface NvmlSourceOptions {
  readonly clock: Clock;
  /** The only library that is tried; absent: the usual places. */
  readonly library?: string;
}

/**
 * Standard uncertainty of a card's gain: plus or minus 5 %, taken as rectangular. The cards of GPU_Power_Benchmark
 * (Yang et al., 2024) read 4 to 8 % low or 5 % high of an external meter.
 */
const GAIN = 0.05 / Math.sqrt(3);
/** Counters were seen to step every 10 to 100 ms, by model. */
const LONGEST_UPDATE_NANOSECONDS = 100_000_000n;

const COUNTER_TRAITS: SensorTraits = {
  reads: 'energy',
  latched: true,
  updateNanoseconds: LONGEST_UPDATE_NANOSECONDS,
  averagingNanoseconds: 0n,
  coverage: FULL_COVERAGE,
  quantumMicrojoules: 1000,
  gain: GAIN,
  estimate: 0,
};

/** How power is read, best first: field 186 is momentary everywhere, 185 and PowerUsage may be averages over 1 s. */
const POWER_METHODS = [
  { name: 'field 186 (momentary power)', field: 186, averagingNanoseconds: 100_000_000n },
  { name: 'field 185 (power averaged over 1 s)', field: 185, averagingNanoseconds: 1_000_000_000n },
  { name: 'nvmlDeviceGetPowerUsage', field: undefined, averagingNanoseconds: 1_000_000_000n },
] as const;
type PowerMethod = (typeof POWER_METHODS)[number];

interface OpenGpu {
  readonly id: DeviceId;
  readonly handle: NvmlHandle;
  /** Absent: the energy counter. */
  readonly power?: PowerMethod;
}

/** NVML is loaded by `probe`, and stays initialised until `close`. */
export function nvmlSource(options: NvmlSourceOptions): EnergySource {
  return new NvmlSource(options);
}

class NvmlSource implements EnergySource {
  readonly name = 'nvml';
  readonly pace = 'counter';
  readonly #options: NvmlSourceOptions;
  readonly #gpus = new Map<DeviceId, OpenGpu>();
  #binding: NvmlBinding | undefined;

  constructor(options: NvmlSourceOptions) {
    this.#options = options;
  }

  /** @throws {UsageError} if a library was named and cannot be loaded. */
  probe(): SourceProbe {
    const { library } = this.#options;
    const loaded = loadNvml(library === undefined ? LIBRARY_PATHS : [library]);
    if ('binding' in loaded) return this.#probeLibrary(loaded.binding);
    if (library === undefined) return nothing(NO_LIBRARY);
    throw new UsageError(`ECOPT_NVML_LIBRARY: ${loaded.reasons.join('; ')}; give the path of a libnvidia-ml.so.1`);
  }

  #probeLibrary(binding: NvmlBinding): SourceProbe {
    const started = binding.initialise();
    if (!started.ok) return nothing(`${binding.library}: ${nvmlMeaning(started.status)}.`);
    this.#binding = binding;
    const driver = binding.driverVersion();
    const versions: Record<string, string> = driver.ok ? { 'NVIDIA driver': driver.value } : {};
    const count = binding.deviceCount();
    if (!count.ok) return nothing(`cannot count the GPUs: ${nvmlMeaning(count.status)}.`, versions);
    if (count.value === 0) return nothing('the NVIDIA driver sees no GPU.', versions);
    const all = Array.from({ length: count.value }, (_, index) => this.#open(binding, index));
    return {
      found: all.filter((one) => 'traits' in one),
      missing: all.filter((one) => 'available' in one),
      versions,
    };
  }

  sample(held: ReadonlySet<DeviceId>): readonly Reading[] {
    const binding = this.#binding;
    if (binding === undefined) return [];
    return [...this.#gpus.values()].filter(({ id }) => held.has(id)).map((gpu) => this.#read(binding, gpu));
  }

  close(): void {
    this.#binding?.shutdown();
    this.#binding = undefined;
  }

  #open(binding: NvmlBinding, index: number): ProbedDevice | SensorReport {
    const handle = binding.deviceByIndex(index);
    if (!handle.ok) return absent(`gpu-index-${index}`, `cannot open GPU ${index}: ${nvmlMeaning(handle.status)}.`);
    const uuid = binding.uuid(handle.value);
    if (!uuid.ok) return absent(`gpu-index-${index}`, `GPU ${index} tells no UUID: ${nvmlMeaning(uuid.status)}.`);
    const id = deviceId(uuid.value);
    const energy = binding.totalEnergyMillijoules(handle.value);
    const power = energy.ok ? undefined : POWER_METHODS.find((method) => readPower(binding, handle.value, method).ok);
    if (!energy.ok && power === undefined) {
      return absent(id, `neither energy counter nor power can be read: ${nvmlMeaning(energy.status)}.`);
    }
    this.#gpus.set(id, { id, handle: handle.value, ...(power && { power }) });
    return describe(binding, { id, handle: handle.value, ...(power && { power }) });
  }

  /** The call itself takes time: the reading is stamped at its middle. */
  #read(binding: NvmlBinding, { id, handle, power }: OpenGpu): Reading {
    const before = this.#options.clock.monotonicNanoseconds();
    const found = power ? readPower(binding, handle, power) : binding.totalEnergyMillijoules(handle);
    const atNanoseconds = (before + this.#options.clock.monotonicNanoseconds()) / 2n;
    if (!found.ok) return { kind: 'failed', device: id, atNanoseconds, reason: nvmlMeaning(found.status) };
    if (typeof found.value === 'bigint') {
      return { kind: 'energy', device: id, atNanoseconds, microjoules: found.value * 1000n };
    }
    return { kind: 'power', device: id, atNanoseconds, microwatts: BigInt(Math.round(found.value)) * 1000n };
  }
}

const NO_LIBRARY =
  'no NVIDIA driver library (libnvidia-ml.so.1) was found. If this machine has an NVIDIA GPU, install its driver, or name the library with ECOPT_NVML_LIBRARY.';
/** NVML gives 0 mW when it is polled too fast: that is no sample. */
const NO_DATA = 21;

function readPower(binding: NvmlBinding, handle: NvmlHandle, { field }: PowerMethod): NvmlResult<number> {
  const found = field === undefined ? binding.powerUsageMilliwatts(handle) : binding.fieldMilliwatts(handle, field);
  return found.ok && !(found.value > 0) ? { ok: false, status: NO_DATA } : found;
}

function describe(binding: NvmlBinding, { id, handle, power }: OpenGpu): ProbedDevice {
  const name = binding.name(handle);
  const memory = binding.memoryBytes(handle);
  const limit = binding.powerLimitMilliwatts(handle);
  const pci = binding.pciBusId(handle);
  const traits: SensorTraits = power
    ? { ...COUNTER_TRAITS, reads: 'power', latched: false, averagingNanoseconds: power.averagingNanoseconds }
    : COUNTER_TRAITS;
  return {
    device: {
      id,
      kind: 'gpu',
      product: name.ok ? name.value : 'NVIDIA GPU',
      ...(memory.ok && { memoryBytes: Number(memory.value) }),
      ...(limit.ok && { powerLimitWatts: limit.value / 1000 }),
    },
    part: 'accelerator',
    source: 'nvml',
    provenance: power ? 'integrated' : 'counter',
    detail: power ? `no energy counter; integrates ${power.name}` : 'energy counter of the driver',
    aliases: pci.ok ? [pci.value, shortPciAddress(pci.value)] : [],
    perTrial: false,
    traits,
  };
}

/** NVML writes the domain with 8 digits, the kernel with 4. */
const shortPciAddress = (busId: string): string => busId.toLowerCase().replace(/^0000(?=[0-9a-f]{4}:)/, '');

const absent = (device: string, detail: string): SensorReport => ({
  device: deviceId(device),
  part: 'accelerator',
  source: 'nvml',
  available: false,
  detail,
});

const nothing = (detail: string, versions: Readonly<Record<string, string>> = {}): SourceProbe => ({
  found: [],
  missing: [absent('gpu', detail)],
  versions,
});
