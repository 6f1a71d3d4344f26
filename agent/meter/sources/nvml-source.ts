/** NVIDIA GPUs: the energy counter where there is one, else power integrated over time, with a second reading beside. */

import { UsageError } from '../../../shared/domain/errors.js';
import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { CudaNumber, DeviceCondition, EnergySource, Reading, SourceProbe } from '../energy-source.js';
import { loadNvml, type NvmlBinding } from './nvml-binding.js';
import { foreignNumbers, gpuCondition } from './nvml-condition.js';
import { absentGpu, describeGpu, openGpu, unmeteredGpu, type ClosedGpu, type NvmlGpu } from './nvml-gpu.js';
import { separateModules } from './nvml-modules.js';
import { NvmlReader } from './nvml-reader.js';
import { mayHideGpus, nvmlMeaning } from './nvml-status.js';

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
  /** Folder that stands for `/proc`, which tells whether this process is in a container. */
  readonly procRoot?: string;
}

/** NVML is loaded by `probe`, and stays initialised until `close`. */
export function nvmlSource(options: NvmlSourceOptions): EnergySource {
  return new NvmlSource(options);
}

interface ReadableGpu {
  readonly gpu: NvmlGpu;
  readonly reader: NvmlReader;
}

class NvmlSource implements EnergySource {
  readonly name = 'nvml';
  readonly pace = 'counter';
  readonly #options: NvmlSourceOptions;
  readonly #gpus = new Map<DeviceId, ReadableGpu>();
  #binding: NvmlBinding | undefined;
  #processesUnknown: string | undefined;
  #prepared: SourceProbe | undefined;
  /** True when a card lacked a figure and showed a power of 0 at the last probe. */
  #showsZero = false;

  constructor(options: NvmlSourceOptions) {
    this.#options = options;
  }

  /**
   * Asks a card whose power is 0 again: cards that are woken, or asked too fast, show that for a moment.
   *
   * @throws {UsageError} if a library was named and cannot be loaded.
   */
  async prepare(): Promise<void> {
    this.#prepared = this.#load();
    const binding = this.#binding;
    for (let tries = 0; tries < MORE_TRIES && binding !== undefined && this.#showsZero; tries++) {
      await this.#options.clock.sleep(BETWEEN_TRIES_MILLISECONDS);
      this.#prepared = this.#probeGpus(binding);
    }
  }

  /** @throws {UsageError} if a library was named and cannot be loaded. */
  probe(): SourceProbe {
    return this.#prepared ?? this.#load();
  }

  #load(): SourceProbe {
    const { library, procRoot = '/proc' } = this.#options;
    this.#processesUnknown = foreignNumbers(procRoot);
    const loaded = loadNvml(library === undefined ? LIBRARY_PATHS : [library]);
    if ('binding' in loaded) return this.#probeLibrary(loaded.binding);
    if (library === undefined) return nothing(NO_LIBRARY);
    throw new UsageError(`ECOPT_NVML_LIBRARY: ${loaded.reasons.join('; ')}; give the path of a libnvidia-ml.so.1`);
  }

  #probeLibrary(binding: NvmlBinding): SourceProbe {
    const started = binding.initialise();
    if (!started.ok) return none(started.status, `${binding.library}: ${nvmlMeaning(started.status)}.`);
    this.#binding = binding;
    return this.#probeGpus(binding);
  }

  #probeGpus(binding: NvmlBinding): SourceProbe {
    this.#gpus.clear();
    const versions = versionsOf(binding);
    const count = binding.deviceCount();
    if (!count.ok) return none(count.status, `cannot count the GPUs: ${nvmlMeaning(count.status)}.`, versions);
    if (count.value === 0) return nothing('the NVIDIA driver sees no GPU.', versions);
    const all = Array.from({ length: count.value }, (_, index) => openGpu(binding, index));
    const closed = all.filter((one) => 'report' in one);
    const [different, twins] = apart(all.filter((one) => 'handle' in one));
    const gpus = separateModules(binding, different);
    const described = gpus.map((gpu) => describeGpu(binding, gpu, cudaNumber(gpu, gpus, closed)));
    for (const gpu of gpus) this.#add(binding, gpu);
    this.#showsZero = gpus.some(({ methods }) => methods.showsZero);
    return {
      found: described.filter((one) => 'traits' in one),
      missing: [...described.filter((one) => 'available' in one), ...twins, ...closed.map(({ report }) => report)],
      versions,
    };
  }

  look(held: ReadonlySet<DeviceId>): void {
    let now = this.#options.clock.monotonicNanoseconds();
    for (const [id, { reader }] of this.#gpus) if (held.has(id)) now = reader.look(now);
  }

  sample(held: ReadonlySet<DeviceId>): readonly Reading[] {
    const readings: Reading[] = [];
    for (const [id, { reader }] of this.#gpus) if (held.has(id)) readings.push(...reader.read());
    return readings;
  }

  observe(held: ReadonlySet<DeviceId>): readonly DeviceCondition[] {
    const binding = this.#binding;
    if (binding === undefined) return [];
    return this.#held(held).map(({ gpu }) =>
      gpuCondition(binding, gpu, {
        atNanoseconds: this.#options.clock.monotonicNanoseconds(),
        ...(this.#processesUnknown !== undefined && { processesUnknown: this.#processesUnknown }),
      }),
    );
  }

  close(): void {
    this.#prepared = undefined;
    this.#gpus.clear();
    this.#binding?.shutdown();
    this.#binding = undefined;
  }

  #add(binding: NvmlBinding, gpu: NvmlGpu): void {
    if (!gpu.methods.primary) return;
    const { id, handle, methods } = gpu;
    const reader = new NvmlReader({ binding, clock: this.#options.clock, device: id, handle, methods });
    this.#gpus.set(id, { gpu, reader });
  }

  #held(held: ReadonlySet<DeviceId>): readonly ReadableGpu[] {
    return [...this.#gpus.values()].filter(({ gpu }) => held.has(gpu.id));
  }
}

const NO_LIBRARY =
  'no NVIDIA driver library (libnvidia-ml.so.1) was found. If this machine has an NVIDIA GPU, install its driver, or name the library with ECOPT_NVML_LIBRARY.';

function versionsOf(binding: NvmlBinding): Readonly<Record<string, string>> {
  const [driver, nvml, cuda] = [binding.driverVersion(), binding.nvmlVersion(), binding.cudaVersion()];
  return {
    ...(driver.ok && { 'NVIDIA driver': driver.value }),
    ...(nvml.ok && { NVML: nvml.value }),
    ...(cuda.ok && { 'CUDA driver': `${Math.floor(cuda.value / 1000)}.${Math.floor((cuda.value % 1000) / 10)}` }),
  };
}

/** Of several GPUs with one UUID only the first can be told apart from the others. */
function apart(gpus: readonly NvmlGpu[]): [readonly NvmlGpu[], SourceProbe['missing']] {
  const isFirst = (gpu: NvmlGpu): boolean => gpus.find(({ id }) => id === gpu.id) === gpu;
  const twins = gpus.filter((gpu) => !isFirst(gpu));
  return [
    gpus.filter(isFirst),
    twins.map(({ id, pci }) => unmeteredGpu(pci ?? id, `it has the UUID of another GPU, ${id}, and is not used.`)),
  ];
}

/**
 * Number under which CUDA knows the GPU, in the order of PCI addresses. CUDA passes over GPUs that it may not open; what it
 * does about broken ones is not known, so that with one of those no number can be told.
 */
function cudaNumber(gpu: NvmlGpu, gpus: readonly NvmlGpu[], closed: readonly ClosedGpu[]): CudaNumber | undefined {
  if (closed.some(({ isBlocked }) => !isBlocked)) return undefined;
  const addresses = gpus.map(({ pci }) => pci ?? '');
  const inOrder = addresses.includes('') ? gpus : [...gpus].sort((a, b) => ((a.pci ?? '') < (b.pci ?? '') ? -1 : 1));
  return {
    number: inOrder.indexOf(gpu),
    isSameInAnyOrder: gpus.every(({ chip }) => chip.product === gpu.chip.product),
  };
}

/** Cards that show a power of 0 are asked again so often. */
const MORE_TRIES = 3;
const BETWEEN_TRIES_MILLISECONDS = 60;

const none = (status: number, detail: string, versions: Readonly<Record<string, string>> = {}): SourceProbe => ({
  found: [],
  missing: [mayHideGpus(status) ? unmeteredGpu('gpu', detail) : absentGpu('gpu', detail)],
  versions,
});

const nothing = (detail: string, versions: Readonly<Record<string, string>> = {}): SourceProbe => ({
  found: [],
  missing: [absentGpu('gpu', detail)],
  versions,
});
