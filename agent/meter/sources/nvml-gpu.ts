/** One GPU as NVML shows it: what it is, how it can be read, and what its figures are about. */

import type { SensorReport } from '../../../shared/domain/hardware.js';
import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import type { WindowEvent } from '../../../shared/domain/measurement.js';
import type { CudaNumber, ProbedDevice } from '../energy-source.js';
import type { NvmlBinding } from './nvml-binding.js';
import type { NvmlHandle, NvmlResult } from './nvml-call.js';
import { findMethods, type NvmlMethod, type NvmlMethods } from './nvml-methods.js';
import { isBlockedStatus, NVML_ZERO_POWER, nvmlMeaning } from './nvml-status.js';
import { traitsOf, type NvmlChip } from './nvml-traits.js';

export interface NvmlGpu {
  readonly id: DeviceId;
  readonly handle: NvmlHandle;
  readonly chip: NvmlChip;
  readonly methods: NvmlMethods;
  readonly pci?: string;
  /** UUIDs of the MIG instances; absent when MIG is off or unknown to the GPU. */
  readonly instances?: readonly string[];
  /** True when the driver's counter is of a module with other GPUs too, and is not used therefore. */
  readonly sharesModule?: boolean;
  /** A virtual GPU in its guest, or a GPU whose host gives parts of it to guests. */
  readonly virtual?: 'guest' | 'host';
}

/** A GPU that cannot be opened or named. */
export interface ClosedGpu {
  readonly report: SensorReport;
  /** True when no program that this process starts can open it either. */
  readonly isBlocked: boolean;
}

const MODE_GUEST = 2;
const MODE_HOST_VGPU = 3;
const MODE_HOST_VSGA = 4;

export function openGpu(binding: NvmlBinding, index: number): NvmlGpu | ClosedGpu {
  const opened = binding.deviceByIndex(index);
  if (!opened.ok) return closed(index, `cannot open GPU ${index}`, opened.status);
  const handle = opened.value;
  const uuid = binding.uuid(handle);
  if (!uuid.ok) return closed(index, `GPU ${index} tells no UUID`, uuid.status);
  const architecture = valueOf(binding.architecture(handle));
  const pci = valueOf(binding.pciBusId(handle));
  const instances = migInstances(binding, handle);
  const virtual = virtualOf(binding, handle);
  return {
    id: deviceId(uuid.value),
    handle,
    chip: {
      product: valueOf(binding.name(handle)) ?? 'NVIDIA GPU',
      ...(architecture !== undefined && { architecture }),
    },
    methods: findMethods(binding, handle),
    ...(pci !== undefined && { pci }),
    ...(instances && { instances }),
    ...(virtual && { virtual }),
  };
}

/** The GPU with its sensor, or why it has none. */
export function describeGpu(binding: NvmlBinding, gpu: NvmlGpu, cuda?: CudaNumber): ProbedDevice | SensorReport {
  const { methods, chip, id, pci } = gpu;
  const { primary, check } = methods;
  if (!primary) return unmeteredGpu(id, noSensor(gpu));
  const memory = valueOf(binding.memoryBytes(gpu.handle));
  const limit = valueOf(binding.powerLimitMilliwatts(gpu.handle));
  const marks = marksOf(gpu);
  return {
    device: {
      id,
      kind: 'gpu',
      product: chip.product,
      ...(memory !== undefined && { memoryBytes: Number(memory) }),
      ...(limit !== undefined && { powerLimitWatts: limit / 1000 }),
    },
    part: 'accelerator',
    source: 'nvml',
    provenance: primary.quantity === 'energy' ? 'counter' : 'integrated',
    detail: detailOf(gpu, primary),
    aliases: [...(pci === undefined ? [] : [pci, shortPciAddress(pci)]), ...(gpu.instances ?? [])],
    perTrial: false,
    traits: traitsOf(primary, chip),
    ...(cuda && { cuda }),
    ...(check && { check: { source: `nvml ${check.name}`, traits: traitsOf(check, chip) } }),
    ...(marks.length > 0 && { marks }),
    ...(methods.scope === 'module' && { includes: ['cpu', 'dram'] }),
  };
}

export const absentGpu = (device: string, detail: string): SensorReport => ({
  device: deviceId(device),
  part: 'accelerator',
  source: 'nvml',
  available: false,
  detail,
});

/** A GPU that is there, and whose energy cannot be known. */
export const unmeteredGpu = (device: string, detail: string): SensorReport => ({
  ...absentGpu(device, detail),
  isUnmetered: true,
});

const valueOf = <T>(found: NvmlResult<T>): T | undefined => (found.ok ? found.value : undefined);

function closed(index: number, fault: string, status: number): ClosedGpu {
  const isBlocked = isBlockedStatus(status);
  const report = isBlocked ? absentGpu : unmeteredGpu;
  return { report: report(`gpu-index-${index}`, `${fault}: ${nvmlMeaning(status)}.`), isBlocked };
}

function migInstances(binding: NvmlBinding, handle: NvmlHandle): readonly string[] | undefined {
  const found = binding.migInstances(handle);
  if (!found.ok || found.value === undefined) return undefined;
  return found.value.flatMap((instance) => valueOf(binding.uuid(instance)) ?? []);
}

function virtualOf(binding: NvmlBinding, handle: NvmlHandle): NvmlGpu['virtual'] {
  const mode = valueOf(binding.virtualizationMode(handle));
  if (mode === MODE_GUEST) return 'guest';
  return mode === MODE_HOST_VGPU || mode === MODE_HOST_VSGA ? 'host' : undefined;
}

function noSensor({ virtual, methods, sharesModule }: NvmlGpu): string {
  if (sharesModule) return 'its counter is of a module that other GPUs share, and its own power cannot be read.';
  if (virtual === 'guest') {
    return 'a virtual GPU: its host passes on neither energy nor power. Meter on the host, or have a whole GPU passed through.';
  }
  const status = methods.showsZero ? NVML_ZERO_POWER : methods.energyStatus;
  return `neither energy counter nor power can be read: ${nvmlMeaning(status)}.`;
}

const marksOf = ({ methods, instances, virtual }: NvmlGpu): readonly WindowEvent[] => [
  ...(methods.scope === 'module' ? (['module-scope'] as const) : []),
  ...(instances ? (['mig-parent'] as const) : []),
  ...(virtual ? (['vgpu'] as const) : []),
];

function detailOf({ methods, instances, virtual, sharesModule }: NvmlGpu, primary: NvmlMethod): string {
  const lack = sharesModule ? 'the energy counter is of a module that other GPUs share' : 'no energy counter';
  const figure =
    primary.quantity === 'energy'
      ? `energy counter of the driver (${primary.name})`
      : `${lack}; integrates ${primary.name}`;
  return [
    figure,
    ...(methods.check ? [`checked against ${methods.check.name}`] : []),
    ...(methods.showsZero ? [`no second reading: ${nvmlMeaning(NVML_ZERO_POWER)}`] : []),
    ...(methods.scope === 'module' ? ['figures are of the whole module, with its CPU and memory'] : []),
    ...(instances ? [`MIG: figures are of the whole GPU; ${listed(instances)}`] : []),
    ...(virtual === 'guest' ? ['a virtual GPU: its host decides what the figures cover'] : []),
    ...(virtual === 'host' ? ['figures are of the whole GPU, which virtual machines share'] : []),
  ].join('; ');
}

const listed = (instances: readonly string[]): string =>
  instances.length === 0
    ? 'no instances'
    : `${instances.length} ${instances.length === 1 ? 'instance' : 'instances'}: ${instances.join(', ')}`;

/** NVML writes the domain with 8 digits, the kernel with 4. */
const shortPciAddress = (busId: string): string => busId.toLowerCase().replace(/^0000(?=[0-9a-f]{4}:)/, '');
