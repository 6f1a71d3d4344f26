/** What trials can hold of a machine at a time, and the hardware class of each slot. */

import type { BackendChoice, Device, Slot } from '../../shared/domain/hardware.js';
import { hardwareClassId, slotId, type HardwareClassId } from '../../shared/domain/identity.js';

export interface SlotOptions {
  /** Devices that the meter holds. */
  readonly devices: readonly Device[];
  readonly cpuModel: string;
  readonly backend: BackendChoice['name'];
  /** True when the built-in trainers compute on the GPU. */
  readonly backendUsesGpu: boolean;
  readonly allowedWorkloads: readonly string[];
}

/**
 * One slot for each accelerator, and one on the processor where the built-in trainers run there.
 *
 * A simulated device takes both kinds: its training runs on the processor in any case. Outside programs get the
 * processor only where there is no accelerator. Without the host's sensors there is no processor slot.
 */
export function findSlots(options: SlotOptions): readonly Slot[] {
  const accelerators = options.devices.filter(({ kind }) => kind === 'gpu');
  const host = options.devices.some(({ kind }) => kind === 'cpu-host' || kind === 'cpu-package');
  const slots = accelerators.map((device) => acceleratorSlot(device, options));
  const all = host ? [...slots, processorSlot(accelerators.length, options)] : slots;
  return all.filter(({ classes }) => classes.builtin !== undefined || classes.command !== undefined);
}

/** The text of a class: `NVIDIA H200 x1 @700 W / tfjs-node-gpu`; `AMD EPYC 9454 / command`. */
function acceleratorClass({ product, powerLimitWatts, simulated }: Device, runner: string): HardwareClassId {
  const name = simulated === undefined ? product : `Simulated ${product}`;
  const limit = powerLimitWatts === undefined ? '' : ` @${Math.round(powerLimitWatts)} W`;
  return hardwareClassId(`${name} x1${limit} / ${runner}`);
}

function acceleratorSlot(device: Device, { backend, backendUsesGpu, allowedWorkloads }: SlotOptions): Slot {
  const builtin = allowedWorkloads.includes('builtin') && (backendUsesGpu || device.simulated !== undefined);
  const command = allowedWorkloads.includes('command');
  return {
    id: slotId(device.id),
    devices: [device.id],
    classes: {
      ...(builtin && { builtin: acceleratorClass(device, backend) }),
      ...(command && { command: acceleratorClass(device, 'command') }),
    },
  };
}

function processorSlot(accelerators: number, options: SlotOptions): Slot {
  const { cpuModel, backend, backendUsesGpu, allowedWorkloads } = options;
  const onProcessor = accelerators === 0 || !backendUsesGpu;
  const builtin = allowedWorkloads.includes('builtin') && onProcessor;
  const command = allowedWorkloads.includes('command') && accelerators === 0;
  return {
    id: slotId('cpu'),
    devices: [],
    classes: {
      ...(builtin && { builtin: hardwareClassId(`${cpuModel} / ${backend}`) }),
      ...(command && { command: hardwareClassId(`${cpuModel} / command`) }),
    },
  };
}
