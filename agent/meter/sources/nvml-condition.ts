/** State of a GPU beside its energy: temperature, clock, why it is held down, and who computes on it. */

import { readlinkSync } from 'node:fs';
import { join } from 'node:path';

import type { DeviceCondition, DeviceProcess, ThrottleReason } from '../energy-source.js';
import type { NvmlBinding } from './nvml-binding.js';
import type { NvmlResult } from './nvml-call.js';
import type { NvmlGpu } from './nvml-gpu.js';
import { nvmlMeaning } from './nvml-status.js';

export interface ConditionOptions {
  readonly atNanoseconds: bigint;
  /** Why NVML's process numbers mean nothing here; absent: they are this machine's. */
  readonly processesUnknown?: string;
}

/** What is not told is absent. */
export function gpuCondition(binding: NvmlBinding, gpu: NvmlGpu, options: ConditionOptions): DeviceCondition {
  const { handle, id } = gpu;
  const temperature = binding.temperatureCelsius(handle);
  const clock = binding.clockMegahertz(handle);
  const limit = binding.powerLimitMilliwatts(handle);
  const reasons = binding.clockReasons(handle);
  return {
    device: id,
    atNanoseconds: options.atNanoseconds,
    ...(temperature.ok && { temperatureCelsius: temperature.value }),
    ...(clock.ok && { clockMegahertz: clock.value }),
    ...(limit.ok && { powerLimitWatts: limit.value / 1000 }),
    ...(reasons.ok && { throttled: throttleReasons(reasons.value) }),
    ...processesOf(() => binding.computeProcesses(handle), options.processesUnknown),
  };
}

const SW_POWER_CAP = 0x4n;
const HW_SLOWDOWN = 0x8n;
const SW_THERMAL = 0x20n;
const HW_THERMAL = 0x40n;
const HW_POWER_BRAKE = 0x80n;

/** HW slowdown stands beside its cause where the card tells it; then the cause is named alone. Source: nvml.h 13.3. */
function throttleReasons(bits: bigint): readonly ThrottleReason[] {
  const has = (mask: bigint): boolean => (bits & mask) !== 0n;
  const found: ThrottleReason[] = [];
  if (has(SW_POWER_CAP)) found.push('power-cap');
  if (has(SW_THERMAL | HW_THERMAL)) found.push('thermal');
  if (has(HW_SLOWDOWN) && !has(HW_THERMAL | HW_POWER_BRAKE)) found.push('hardware');
  if (has(HW_POWER_BRAKE)) found.push('power-brake');
  return found;
}

/**
 * Only processes that compute: a display server draws on every desktop's card and would make each one somebody else's.
 */
function processesOf(
  list: () => NvmlResult<readonly DeviceProcess[]>,
  unknown: string | undefined,
): Pick<DeviceCondition, 'processes' | 'processesUnknown'> {
  if (unknown !== undefined) return { processesUnknown: unknown };
  const found = list();
  if (found.ok) return { processes: found.value };
  return { processesUnknown: `the driver does not list the processes: ${nvmlMeaning(found.status)}` };
}

/** Inode of the first process namespace of a kernel: PROC_PID_INIT_INO of include/linux/proc_ns.h. */
const HOST_NAMESPACE = 'pid:[4026531836]';

/** Why the host's process numbers cannot be told from others here; `undefined` when they are this process's own. */
export function foreignNumbers(procRoot: string): string | undefined {
  try {
    if (readlinkSync(join(procRoot, 'self/ns/pid')) === HOST_NAMESPACE) return undefined;
    return 'the agent runs in a container, and the driver gives the process numbers of the host: start it with --pid=host';
  } catch {
    return `it cannot be told whether the agent runs in a container: ${join(procRoot, 'self/ns/pid')} cannot be read`;
  }
}
