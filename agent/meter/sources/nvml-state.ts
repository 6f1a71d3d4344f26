/** What NVML tells of a GPU from moment to moment beside its energy. */

import type { DeviceProcess } from '../energy-source.js';
import type { NativeCall, NativeLibrary } from './native-library.js';
import { firstOf, nvmlResult, optionalCall, outValue, type NvmlHandle, type NvmlResult } from './nvml-call.js';
import { NVML_FUNCTION_NOT_FOUND, NVML_INSUFFICIENT_SIZE } from './nvml-status.js';

export interface NvmlState {
  temperatureCelsius(device: NvmlHandle): NvmlResult<number>;
  /** Of the streaming multiprocessors, in MHz. */
  clockMegahertz(device: NvmlHandle): NvmlResult<number>;
  /** The limit in force, in milliwatts. */
  powerLimitMilliwatts(device: NvmlHandle): NvmlResult<number>;
  /** Bits of `nvmlClocksEventReasons`: why the clocks are where they are. */
  clockReasons(device: NvmlHandle): NvmlResult<bigint>;
  /** Processes with a compute context, by the numbers that the host's kernel gives them. */
  computeProcesses(device: NvmlHandle): NvmlResult<readonly DeviceProcess[]>;
}

/** `nvmlTemperature_t`: version at 0, sensor at 4 (0 is the GPU), degrees at 8. */
const TEMPERATURE = { bytes: 12, version: 0x0100000c, degrees: 8 };
const SM_CLOCK = 1;

export function bindState(library: NativeLibrary): NvmlState {
  const call = (signature: string): NativeCall => optionalCall(library, signature);
  const clock = call('int nvmlDeviceGetClockInfo(void *device, int type, _Out_ unsigned int *megahertz)');
  const enforced = call('int nvmlDeviceGetEnforcedPowerLimit(void *device, _Out_ unsigned int *milliwatts)');
  const management = call('int nvmlDeviceGetPowerManagementLimit(void *device, _Out_ unsigned int *milliwatts)');
  const events = call('int nvmlDeviceGetCurrentClocksEventReasons(void *device, _Out_ uint64_t *reasons)');
  const throttle = call('int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, _Out_ uint64_t *reasons)');
  return {
    temperatureCelsius: bindTemperature(call),
    clockMegahertz: (device) => outValue((box) => clock(device, SM_CLOCK, box)),
    powerLimitMilliwatts: (device) =>
      firstOf(
        () => outValue<number>((box) => enforced(device, box)),
        () => outValue<number>((box) => management(device, box)),
      ),
    clockReasons: (device) =>
      asBigInt(
        firstOf(
          () => outValue<number | bigint>((box) => events(device, box)),
          () => outValue<number | bigint>((box) => throttle(device, box)),
        ),
      ),
    computeProcesses: bindProcesses(call),
  };
}

/** koffi gives 64-bit values as numbers up to 2^53 and as bigints above. */
export const asBigInt = (found: NvmlResult<number | bigint>): NvmlResult<bigint> =>
  found.ok ? { ok: true, value: BigInt(found.value) } : found;

function bindTemperature(call: (signature: string) => NativeCall): NvmlState['temperatureCelsius'] {
  const newer = call('int nvmlDeviceGetTemperatureV(void *device, void *temperature)');
  const older = call('int nvmlDeviceGetTemperature(void *device, int sensor, _Out_ unsigned int *celsius)');
  return (device) =>
    firstOf(
      () => {
        const buffer = Buffer.alloc(TEMPERATURE.bytes);
        buffer.writeUInt32LE(TEMPERATURE.version, 0);
        const status = newer(device, buffer);
        return nvmlResult(status, buffer.readInt32LE(TEMPERATURE.degrees));
      },
      () => outValue<number>((box) => older(device, 0, box)),
    );
}

/** `nvmlProcessInfo_t` in its second and third version: pid at 0, memory at 8. */
const PROCESS = { bytes: 24, longBytes: 32, memory: 8 };
/** A pattern that no process entry ends in. */
const UNTOUCHED = 0xa5;
const UNKNOWN_MEMORY = 2n ** 64n - 1n;
/** Room for the first call, and for processes that start between two calls. */
const SPARE_PROCESSES = 32;
const MOST_CALLS = 4;

function bindProcesses(call: (signature: string) => NativeCall): NvmlState['computeProcesses'] {
  const signature = (version: string): string =>
    `int nvmlDeviceGetComputeRunningProcesses_${version}(void *device, _Inout_ unsigned int *count, void *processes)`;
  const [third, second] = [call(signature('v3')), call(signature('v2'))];
  return (device) => {
    const newer = listProcesses((count, buffer) => third(device, count, buffer));
    const isMissing = !newer.ok && newer.status === NVML_FUNCTION_NOT_FOUND;
    return isMissing ? listProcesses((count, buffer) => second(device, count, buffer)) : newer;
  };
}

/** Asks again with more room for as long as there are more processes than fit. */
function listProcesses(call: (count: [number], buffer: Buffer) => number): NvmlResult<readonly DeviceProcess[]> {
  const count: [number] = [0];
  let status = NVML_INSUFFICIENT_SIZE;
  let buffer = Buffer.alloc(0);
  for (let calls = 0; status === NVML_INSUFFICIENT_SIZE && calls < MOST_CALLS; calls++) {
    const room = count[0] + SPARE_PROCESSES;
    count[0] = room;
    buffer = Buffer.alloc(room * PROCESS.longBytes, UNTOUCHED);
    status = call(count, buffer);
  }
  return nvmlResult(status, status === 0 ? parseProcesses(buffer, count[0]) : []);
}

/** Some drivers of the 535 series write a longer entry under the same name; how far they wrote tells. */
function parseProcesses(buffer: Buffer, count: number): readonly DeviceProcess[] {
  const beyond = buffer.subarray(count * PROCESS.bytes, count * PROCESS.longBytes);
  const stride = beyond.every((byte) => byte === UNTOUCHED) ? PROCESS.bytes : PROCESS.longBytes;
  const memoryOf = new Map<number, bigint>();
  for (let i = 0; i < count; i++) {
    const pid = buffer.readUInt32LE(i * stride);
    const bytes = buffer.readBigUInt64LE(i * stride + PROCESS.memory);
    memoryOf.set(pid, (memoryOf.get(pid) ?? 0n) + bytes);
  }
  return [...memoryOf].map(([pid, bytes]) => ({
    pid,
    ...(bytes < UNKNOWN_MEMORY && { memoryBytes: Number(bytes) }),
  }));
}
