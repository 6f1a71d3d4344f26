/** NVML as typed functions: the only file that knows its C signatures and struct offsets. */

import { loadLibrary, type NativeCall, type NativeLibrary } from './native-library.js';
import { NVML_FUNCTION_NOT_FOUND, NVML_SUCCESS } from './nvml-status.js';

declare const handle: unique symbol;
/** An opaque `nvmlDevice_t`. */
export interface NvmlHandle {
  readonly [handle]: true;
}

/** A value, or NVML's return code. */
export type NvmlResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: number };

/** The calls used here. Nothing throws: a function that the library lacks answers FUNCTION_NOT_FOUND. */
export interface NvmlBinding {
  /** File that was loaded. */
  readonly library: string;
  /** `nvmlInit_v2`; NVML stays initialised until `shutdown`, so that the driver does not unload and reset its counters. */
  initialise(): NvmlResult<true>;
  shutdown(): void;
  driverVersion(): NvmlResult<string>;
  /** Includes devices that cannot be opened. */
  deviceCount(): NvmlResult<number>;
  deviceByIndex(index: number): NvmlResult<NvmlHandle>;
  name(device: NvmlHandle): NvmlResult<string>;
  uuid(device: NvmlHandle): NvmlResult<string>;
  /** Such as `00000000:3B:00.0`. */
  pciBusId(device: NvmlHandle): NvmlResult<string>;
  memoryBytes(device: NvmlHandle): NvmlResult<bigint>;
  /** The limit in force, in milliwatts. */
  powerLimitMilliwatts(device: NvmlHandle): NvmlResult<number>;
  /** Since the driver was loaded, in millijoules. */
  totalEnergyMillijoules(device: NvmlHandle): NvmlResult<bigint>;
  powerUsageMilliwatts(device: NvmlHandle): NvmlResult<number>;
  /** One field at GPU scope, checked by the entry's own return code. */
  fieldMilliwatts(device: NvmlHandle, field: number): NvmlResult<number>;
}

/** Loads the first library of `paths` that there is; the failure of each is in `reasons`. */
export function loadNvml(
  paths: readonly string[],
): { readonly binding: NvmlBinding } | { readonly reasons: readonly string[] } {
  const reasons: string[] = [];
  for (const path of paths) {
    try {
      return { binding: bind(loadLibrary(path), path) };
    } catch (error) {
      reasons.push(`${path}: ${(error as Error).message}`);
    }
  }
  return { reasons };
}

const TEXT_BYTES = 96;
/** `nvmlPciInfo_t`: 68 bytes, `busId[32]` at 36. */
const PCI_INFO = { bytes: 68, busId: 36 };
/** `nvmlMemory_v2_t`: version at 0, total at 8. */
const MEMORY_V2 = { bytes: 40, version: 0x02000028, total: 8 };
/** `nvmlMemory_t`: total at 0. */
const MEMORY_V1 = { bytes: 24, total: 0 };
/** `nvmlFieldValue_t`. `scopeId` 0 is the GPU; garbage there gives NOT_SUPPORTED. */
const FIELD = { bytes: 40, fieldId: 0, scopeId: 4, valueType: 24, nvmlReturn: 28, value: 32 };

function bind(library: NativeLibrary, path: string): NvmlBinding {
  const call = (signature: string): NativeCall => optional(library, signature);
  const device = bindDeviceFacts(library);
  const initialise = call('int nvmlInit_v2()');
  const shutdown = call('int nvmlShutdown()');
  const driverVersion = call('int nvmlSystemGetDriverVersion(void *text, unsigned int length)');
  const count = call('int nvmlDeviceGetCount_v2(_Out_ unsigned int *count)');
  const byIndex = call('int nvmlDeviceGetHandleByIndex_v2(unsigned int index, _Out_ void **device)');
  const energy = call('int nvmlDeviceGetTotalEnergyConsumption(void *device, _Out_ uint64_t *millijoules)');
  const usage = call('int nvmlDeviceGetPowerUsage(void *device, _Out_ unsigned int *milliwatts)');
  const fields = call('int nvmlDeviceGetFieldValues(void *device, int count, void *values)');
  return {
    library: path,
    initialise: () => result(initialise(), true),
    shutdown: () => void shutdown(),
    driverVersion: () => text((buffer) => driverVersion(buffer, buffer.length)),
    deviceCount: () => out<number>((box) => count(box)),
    deviceByIndex: (index) => out<NvmlHandle>((box) => byIndex(index, box)),
    ...device,
    totalEnergyMillijoules: (handle) => asBigInt(out<number | bigint>((box) => energy(handle, box))),
    powerUsageMilliwatts: (handle) => out<number>((box) => usage(handle, box)),
    fieldMilliwatts: (handle, field) => readField((buffer) => fields(handle, 1, buffer), field),
  };
}

type DeviceFacts = Pick<NvmlBinding, 'name' | 'uuid' | 'pciBusId' | 'memoryBytes' | 'powerLimitMilliwatts'>;

function bindDeviceFacts(library: NativeLibrary): DeviceFacts {
  const call = (signature: string): NativeCall => optional(library, signature);
  const name = call('int nvmlDeviceGetName(void *device, void *text, unsigned int length)');
  const uuid = call('int nvmlDeviceGetUUID(void *device, void *text, unsigned int length)');
  const pci = call('int nvmlDeviceGetPciInfo_v3(void *device, void *info)');
  const memoryV2 = call('int nvmlDeviceGetMemoryInfo_v2(void *device, void *memory)');
  const memoryV1 = call('int nvmlDeviceGetMemoryInfo(void *device, void *memory)');
  const enforced = call('int nvmlDeviceGetEnforcedPowerLimit(void *device, _Out_ unsigned int *milliwatts)');
  const management = call('int nvmlDeviceGetPowerManagementLimit(void *device, _Out_ unsigned int *milliwatts)');
  return {
    name: (handle) => text((buffer) => name(handle, buffer, buffer.length)),
    uuid: (handle) => text((buffer) => uuid(handle, buffer, buffer.length)),
    pciBusId: (handle) => {
      const info = Buffer.alloc(PCI_INFO.bytes);
      const status = pci(handle, info);
      return result(status, terminated(info.subarray(PCI_INFO.busId)));
    },
    memoryBytes: (handle) => {
      const buffer = Buffer.alloc(MEMORY_V2.bytes);
      buffer.writeUInt32LE(MEMORY_V2.version, 0);
      if (memoryV2(handle, buffer) === NVML_SUCCESS)
        return result(NVML_SUCCESS, buffer.readBigUInt64LE(MEMORY_V2.total));
      const old = Buffer.alloc(MEMORY_V1.bytes);
      const status = memoryV1(handle, old);
      return result(status, old.readBigUInt64LE(MEMORY_V1.total));
    },
    powerLimitMilliwatts: (handle) => {
      const limit = out<number>((box) => enforced(handle, box));
      return limit.ok ? limit : out<number>((box) => management(handle, box));
    },
  };
}

/** Old drivers lack some functions; each is bound by itself so that the others still work. */
function optional(library: NativeLibrary, signature: string): NativeCall {
  try {
    return library.func(signature);
  } catch {
    return () => NVML_FUNCTION_NOT_FOUND;
  }
}

const result = <T>(status: number, value: T): NvmlResult<T> =>
  status === NVML_SUCCESS ? { ok: true, value } : { ok: false, status };

function out<T>(call: (box: [T | null]) => number): NvmlResult<T> {
  const box: [T | null] = [null];
  const status = call(box);
  return result(status, box[0] as T);
}

/** koffi gives 64-bit values as numbers up to 2^53 and as bigints above. */
const asBigInt = (found: NvmlResult<number | bigint>): NvmlResult<bigint> =>
  found.ok ? { ok: true, value: BigInt(found.value) } : found;

function text(call: (buffer: Buffer) => number): NvmlResult<string> {
  const buffer = Buffer.alloc(TEXT_BYTES);
  const status = call(buffer);
  return result(status, terminated(buffer));
}

const terminated = (buffer: Buffer): string => buffer.toString('latin1').split('\0', 1)[0] ?? '';

/** The outer call succeeds even when the entry failed. */
function readField(call: (buffer: Buffer) => number, field: number): NvmlResult<number> {
  const entry = Buffer.alloc(FIELD.bytes);
  entry.writeUInt32LE(field, FIELD.fieldId);
  entry.writeUInt32LE(0, FIELD.scopeId);
  const outer = call(entry);
  if (outer !== NVML_SUCCESS) return { ok: false, status: outer };
  const status = entry.readInt32LE(FIELD.nvmlReturn);
  return status === NVML_SUCCESS ? { ok: true, value: fieldValue(entry) } : { ok: false, status };
}

function fieldValue(entry: Buffer): number {
  switch (entry.readInt32LE(FIELD.valueType)) {
    case 0:
      return entry.readDoubleLE(FIELD.value);
    case 2:
    case 3:
      return Number(entry.readBigUInt64LE(FIELD.value));
    case 4:
      return Number(entry.readBigInt64LE(FIELD.value));
    default:
      return entry.readUInt32LE(FIELD.value);
  }
}
