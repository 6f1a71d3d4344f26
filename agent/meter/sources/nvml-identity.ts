/** What NVML tells of a GPU once and for all: name, address, memory, chip, MIG instances, virtualisation. */

import type { NativeCall, NativeLibrary } from './native-library.js';
import {
  firstOf,
  nvmlResult,
  optionalCall,
  outText,
  outValue,
  terminated,
  type NvmlHandle,
  type NvmlResult,
} from './nvml-call.js';

export interface NvmlIdentity {
  name(device: NvmlHandle): NvmlResult<string>;
  /** Of a GPU (`GPU-…`) or of a MIG instance (`MIG-…`). */
  uuid(device: NvmlHandle): NvmlResult<string>;
  /** Such as `00000000:3B:00.0`. */
  pciBusId(device: NvmlHandle): NvmlResult<string>;
  memoryBytes(device: NvmlHandle): NvmlResult<bigint>;
  /** Number of the chip's generation: 5 Volta, 7 Ampere, 9 Hopper and so on. */
  architecture(device: NvmlHandle): NvmlResult<number>;
  /** 0 none, 1 passed through, 2 a virtual GPU in its guest, 3 and 4 the host of virtual GPUs. */
  virtualizationMode(device: NvmlHandle): NvmlResult<number>;
  /** Handles of the MIG instances; an error where the GPU has no MIG mode, `undefined` where it is off. */
  migInstances(device: NvmlHandle): NvmlResult<readonly NvmlHandle[] | undefined>;
}

/** `nvmlPciInfo_t`: 68 bytes, `busId[32]` at 36. */
const PCI_INFO = { bytes: 68, busId: 36 };
/** `nvmlMemory_v2_t`: version at 0, total at 8. */
const MEMORY_V2 = { bytes: 40, version: 0x02000028, total: 8 };
/** `nvmlMemory_t`: total at 0. */
const MEMORY_V1 = { bytes: 24, total: 0 };

export function bindIdentity(library: NativeLibrary): NvmlIdentity {
  const call = (signature: string): NativeCall => optionalCall(library, signature);
  const name = call('int nvmlDeviceGetName(void *device, void *text, unsigned int length)');
  const uuid = call('int nvmlDeviceGetUUID(void *device, void *text, unsigned int length)');
  const pci = call('int nvmlDeviceGetPciInfo_v3(void *device, void *info)');
  const architecture = call('int nvmlDeviceGetArchitecture(void *device, _Out_ unsigned int *architecture)');
  const virtualization = call('int nvmlDeviceGetVirtualizationMode(void *device, _Out_ int *mode)');
  return {
    name: (device) => outText((buffer) => name(device, buffer, buffer.length)),
    uuid: (device) => outText((buffer) => uuid(device, buffer, buffer.length)),
    pciBusId: (device) => {
      const info = Buffer.alloc(PCI_INFO.bytes);
      const status = pci(device, info);
      return nvmlResult(status, terminated(info.subarray(PCI_INFO.busId)));
    },
    memoryBytes: bindMemory(call),
    architecture: (device) => outValue((box) => architecture(device, box)),
    virtualizationMode: (device) => outValue((box) => virtualization(device, box)),
    migInstances: bindMigInstances(call),
  };
}

function bindMemory(call: (signature: string) => NativeCall): NvmlIdentity['memoryBytes'] {
  const newer = call('int nvmlDeviceGetMemoryInfo_v2(void *device, void *memory)');
  const older = call('int nvmlDeviceGetMemoryInfo(void *device, void *memory)');
  const total = (read: (buffer: Buffer) => number, { bytes, offset }: { bytes: Buffer; offset: number }) => {
    const status = read(bytes);
    return nvmlResult(status, bytes.readBigUInt64LE(offset));
  };
  return (device) =>
    firstOf(
      () => {
        const bytes = Buffer.alloc(MEMORY_V2.bytes);
        bytes.writeUInt32LE(MEMORY_V2.version, 0);
        return total((buffer) => newer(device, buffer), { bytes, offset: MEMORY_V2.total });
      },
      () => total((buffer) => older(device, buffer), { bytes: Buffer.alloc(MEMORY_V1.bytes), offset: MEMORY_V1.total }),
    );
}

const MIG_ON = 1;

/** Slots without an instance answer NOT_FOUND and are passed over. */
function bindMigInstances(call: (signature: string) => NativeCall): NvmlIdentity['migInstances'] {
  const mode = call('int nvmlDeviceGetMigMode(void *device, _Out_ unsigned int *current, _Out_ unsigned int *pending)');
  const most = call('int nvmlDeviceGetMaxMigDeviceCount(void *device, _Out_ unsigned int *count)');
  const byIndex = call('int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned int i, _Out_ void **instance)');
  return (device) => {
    const current = outValue<number>((box) => mode(device, box, [null]));
    if (!current.ok) return current;
    if (current.value !== MIG_ON) return { ok: true, value: undefined };
    const count = outValue<number>((box) => most(device, box));
    if (!count.ok) return count;
    const slots = Array.from({ length: count.value }, (_, i) => outValue<NvmlHandle>((box) => byIndex(device, i, box)));
    return { ok: true, value: slots.filter((slot) => slot.ok).map(({ value }) => value) };
  };
}
