/** Which of NVML's many ways to a GPU's energy and power work on one card, found by trying each. */

import type { NvmlBinding } from './nvml-binding.js';
import type { NvmlHandle, NvmlResult } from './nvml-call.js';
import {
  AVERAGE_POWER_FIELD,
  ENERGY_FIELD,
  FieldBatch,
  GPU_SCOPE,
  INSTANT_POWER_FIELD,
  MODULE_SCOPE,
  SCOPED_ENERGY_FIELD,
  type NvmlField,
} from './nvml-fields.js';
import { NVML_NO_DATA, NVML_SUCCESS, NVML_ZERO_POWER } from './nvml-status.js';

/** One way to read one figure, with its name in reports. */
export type NvmlMethod = { readonly name: string; readonly quantity: 'energy' | 'power' } & (
  ({ readonly kind: 'field' } & NvmlField) | { readonly kind: 'function' }
);

export interface NvmlMethods {
  /** The counter, or power where there is none; absent: the card tells neither. */
  readonly primary?: NvmlMethod;
  /** A second reading of the same thing. */
  readonly check?: NvmlMethod;
  /** What the figures are about. */
  readonly scope: 'gpu' | 'module';
  /** What the driver answers when it is asked for its counter. */
  readonly energyStatus: number;
  /** True: a figure is missing, and a power is 0, as of a card that was just woken or asked too fast. */
  readonly showsZero?: boolean;
}

const TOTAL_ENERGY: NvmlMethod = { kind: 'function', name: 'nvmlDeviceGetTotalEnergyConsumption', quantity: 'energy' };
const POWER_USAGE: NvmlMethod = { kind: 'function', name: 'nvmlDeviceGetPowerUsage', quantity: 'power' };

const energyField = (field: number, scope: number): NvmlMethod => {
  return { kind: 'field', name: `field ${field}`, quantity: 'energy', field, scope };
};
const instantPower = (scope: number): NvmlMethod => {
  return { kind: 'field', name: 'field 186 (momentary power)', quantity: 'power', field: INSTANT_POWER_FIELD, scope };
};
const averagePower = (scope: number): NvmlMethod => {
  const name = 'field 185 (power averaged over 1 s)';
  return { kind: 'field', name, quantity: 'power', field: AVERAGE_POWER_FIELD, scope };
};

/** The field first: it comes with the power in one call. */
const ENERGY = [energyField(ENERGY_FIELD, GPU_SCOPE), TOTAL_ENERGY, energyField(SCOPED_ENERGY_FIELD, GPU_SCOPE)];
const GPU_ENERGY = energyField(SCOPED_ENERGY_FIELD, GPU_SCOPE);
const MODULE_ENERGY = energyField(SCOPED_ENERGY_FIELD, MODULE_SCOPE);
/** Best first: 186 is momentary everywhere, 185 an average over 1 s, PowerUsage the one or the other. */
const GPU_POWER = [instantPower(GPU_SCOPE), averagePower(GPU_SCOPE), POWER_USAGE];
const MODULE_POWER = [instantPower(MODULE_SCOPE), averagePower(MODULE_SCOPE)];

/**
 * Tries every way once.
 *
 * On Grace-Hopper the driver's counter is of the whole module, with its CPU and memory (Zeus, pull request 172). So
 * where the driver knows a module at all, the counter counts as the module's, unless field 191 shows one of its own
 * for the GPU.
 */
export function findMethods(binding: NvmlBinding, device: NvmlHandle): NvmlMethods {
  const found = workingMethods(binding, device);
  if (found.check) return found;
  const powers = found.scope === 'module' ? MODULE_POWER : GPU_POWER;
  return powers.some((method) => showsZero(binding, device, method)) ? { ...found, showsZero: true } : found;
}

function workingMethods(binding: NvmlBinding, device: NvmlHandle): NvmlMethods {
  const working = (methods: readonly NvmlMethod[]): readonly NvmlMethod[] =>
    methods.filter((method) => readMethod(binding, device, method).ok);
  const [gpuPower, modulePower] = [working(GPU_POWER), working(MODULE_POWER)];
  const counter = readMethod(binding, device, TOTAL_ENERGY);
  const energyStatus = counter.ok ? NVML_SUCCESS : counter.status;
  if (hasOwnGpuCounter(binding, device)) return { ...pair([GPU_ENERGY], gpuPower), scope: 'gpu', energyStatus };
  const [energy, moduleEnergy] = [working(ENERGY), working([MODULE_ENERGY])];
  const isModule = moduleEnergy.length > 0 || modulePower.length > 0;
  if (isModule && (energy.length > 0 || moduleEnergy.length > 0)) {
    return { ...pair([...moduleEnergy, ...energy], modulePower), scope: 'module', energyStatus };
  }
  if (energy.length > 0) return { ...pair(energy, gpuPower), scope: 'gpu', energyStatus };
  if (gpuPower.length > 0) return { ...pair(gpuPower, otherField(gpuPower)), scope: 'gpu', energyStatus };
  if (modulePower.length > 0) return { ...pair(modulePower, otherField(modulePower)), scope: 'module', energyStatus };
  return { scope: 'gpu', energyStatus };
}

function showsZero(binding: NvmlBinding, device: NvmlHandle, method: NvmlMethod): boolean {
  const found = readMethod(binding, device, method);
  return !found.ok && found.status === NVML_ZERO_POWER;
}

/** Only the GPU's own power: for GPUs whose counter is of a module that others have a part in. */
export function findOwnPower(
  binding: NvmlBinding,
  device: NvmlHandle,
): Pick<NvmlMethods, 'primary' | 'check' | 'scope'> {
  const own = GPU_POWER.filter((method) => readMethod(binding, device, method).ok);
  return { ...pair(own, otherField(own)), scope: 'gpu' };
}

/** Millijoules or milliwatts. */
export function readMethod(binding: NvmlBinding, device: NvmlHandle, method: NvmlMethod): NvmlResult<bigint> {
  if (method.kind === 'field') {
    const batch = new FieldBatch([method]);
    const status = binding.readFields(device, batch);
    return status === NVML_SUCCESS ? plausible(method, batch.result(0)) : { ok: false, status };
  }
  return method.quantity === 'energy'
    ? binding.totalEnergyMillijoules(device)
    : plausible(method, binding.powerUsageMilliwatts(device));
}

/** More than any board draws: what is above is a number gone wrong. */
const MOST_MILLIWATTS = 100_000_000n;

/** Power of 0 is no figure: cards that are asked too fast give it. */
export function plausible({ quantity }: NvmlMethod, found: NvmlResult<bigint>): NvmlResult<bigint> {
  if (quantity === 'energy' || !found.ok) return found;
  if (found.value === 0n) return { ok: false, status: NVML_ZERO_POWER };
  return found.value > 0n && found.value <= MOST_MILLIWATTS ? found : { ok: false, status: NVML_NO_DATA };
}

/** Two looks at one counter differ by an update at most: 200 J are more than 100 ms of any board. */
export const UPDATE_MILLIJOULES = 200_000n;

/** True when the driver counts the GPU and its module apart. */
function hasOwnGpuCounter(binding: NvmlBinding, device: NvmlHandle): boolean {
  const gpu = readMethod(binding, device, GPU_ENERGY);
  const module = readMethod(binding, device, MODULE_ENERGY);
  return gpu.ok && module.ok && module.value - gpu.value > UPDATE_MILLIJOULES;
}

/** Another field of power to check the first one by. */
const otherField = ([first, ...others]: readonly NvmlMethod[]): readonly NvmlMethod[] =>
  first?.kind === 'field' ? others.filter(({ kind }) => kind === 'field') : [];

const pair = ([primary]: readonly NvmlMethod[], [check]: readonly NvmlMethod[]) => ({
  ...(primary && { primary }),
  ...(check && { check }),
});
