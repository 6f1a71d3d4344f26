/** Modules with several GPUs, as Grace-Blackwell's: their counter would be charged once for each GPU. */

import type { NvmlBinding } from './nvml-binding.js';
import type { NvmlGpu } from './nvml-gpu.js';
import { findOwnPower, readMethod, UPDATE_MILLIJOULES } from './nvml-methods.js';

/** GPUs that show one counter of one module are read by their own power instead. */
export function separateModules(binding: NvmlBinding, gpus: readonly NvmlGpu[]): readonly NvmlGpu[] {
  const counters = gpus.map((gpu) => moduleMillijoules(binding, gpu));
  const isShared = (i: number): boolean =>
    counters.some((other, j) => i !== j && other !== undefined && isSame(other, counters[i]));
  return gpus.map((gpu, i) => {
    if (!isShared(i)) return gpu;
    const methods = { ...findOwnPower(binding, gpu.handle), energyStatus: gpu.methods.energyStatus };
    return { ...gpu, methods, sharesModule: true };
  });
}

function moduleMillijoules(binding: NvmlBinding, { handle, methods }: NvmlGpu): bigint | undefined {
  const { primary, scope } = methods;
  if (scope !== 'module' || primary?.quantity !== 'energy') return undefined;
  const found = readMethod(binding, handle, primary);
  return found.ok ? found.value : undefined;
}

/** Counters run from the loading of the driver: those of two modules are soon further apart than an update. */
function isSame(one: bigint, other: bigint | undefined): boolean {
  if (other === undefined) return false;
  const apart = one - other;
  return apart <= UPDATE_MILLIJOULES && -apart <= UPDATE_MILLIJOULES;
}
