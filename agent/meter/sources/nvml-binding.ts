/** NVML as typed functions: this file and those it binds from are the only ones that know its C signatures. */

import { loadLibrary, type NativeCall, type NativeLibrary } from './native-library.js';
import { nvmlResult, optionalCall, outText, outValue, type NvmlHandle, type NvmlResult } from './nvml-call.js';
import type { FieldBatch } from './nvml-fields.js';
import { bindIdentity, type NvmlIdentity } from './nvml-identity.js';
import { asBigInt, bindState, type NvmlState } from './nvml-state.js';

/** The calls used here. Nothing throws: a function that the library lacks answers FUNCTION_NOT_FOUND. */
export interface NvmlBinding extends NvmlIdentity, NvmlState {
  /** File that was loaded. */
  readonly library: string;
  /** `nvmlInit_v2`; NVML stays initialised until `shutdown`, so that the driver does not unload and reset its counters. */
  initialise(): NvmlResult<true>;
  shutdown(): void;
  driverVersion(): NvmlResult<string>;
  nvmlVersion(): NvmlResult<string>;
  /** Newest CUDA that the driver takes, such as 12040 for 12.4. */
  cudaVersion(): NvmlResult<number>;
  /** Includes devices that cannot be opened. */
  deviceCount(): NvmlResult<number>;
  deviceByIndex(index: number): NvmlResult<NvmlHandle>;
  /** Since the driver was loaded, in millijoules. */
  totalEnergyMillijoules(device: NvmlHandle): NvmlResult<bigint>;
  powerUsageMilliwatts(device: NvmlHandle): NvmlResult<bigint>;
  /** Fills the batch, whose entries have return codes of their own, and gives the code of the call itself. */
  readFields(device: NvmlHandle, batch: FieldBatch): number;
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

function bind(library: NativeLibrary, path: string): NvmlBinding {
  const call = (signature: string): NativeCall => optionalCall(library, signature);
  const count = call('int nvmlDeviceGetCount_v2(_Out_ unsigned int *count)');
  const byIndex = call('int nvmlDeviceGetHandleByIndex_v2(unsigned int index, _Out_ void **device)');
  const energy = call('int nvmlDeviceGetTotalEnergyConsumption(void *device, _Out_ uint64_t *millijoules)');
  const usage = call('int nvmlDeviceGetPowerUsage(void *device, _Out_ unsigned int *milliwatts)');
  const fields = call('int nvmlDeviceGetFieldValues(void *device, int count, void *values)');
  return {
    library: path,
    ...bindSystem(call),
    ...bindIdentity(library),
    ...bindState(library),
    deviceCount: () => outValue<number>((box) => count(box)),
    deviceByIndex: (index) => outValue<NvmlHandle>((box) => byIndex(index, box)),
    totalEnergyMillijoules: (device) => asBigInt(outValue<number | bigint>((box) => energy(device, box))),
    powerUsageMilliwatts: (device) => asBigInt(outValue<number>((box) => usage(device, box))),
    readFields: (device, batch) => fields(device, batch.count, batch.buffer),
  };
}

type SystemCalls = Pick<NvmlBinding, 'initialise' | 'shutdown' | 'driverVersion' | 'nvmlVersion' | 'cudaVersion'>;

function bindSystem(call: (signature: string) => NativeCall): SystemCalls {
  const initialise = call('int nvmlInit_v2()');
  const shutdown = call('int nvmlShutdown()');
  const driverVersion = call('int nvmlSystemGetDriverVersion(void *text, unsigned int length)');
  const nvmlVersion = call('int nvmlSystemGetNVMLVersion(void *text, unsigned int length)');
  const cudaVersion = call('int nvmlSystemGetCudaDriverVersion_v2(_Out_ int *version)');
  return {
    initialise: () => nvmlResult(initialise(), true),
    shutdown: () => void shutdown(),
    driverVersion: () => outText((buffer) => driverVersion(buffer, buffer.length)),
    nvmlVersion: () => outText((buffer) => nvmlVersion(buffer, buffer.length)),
    cudaVersion: () => outValue<number>((box) => cudaVersion(box)),
  };
}
