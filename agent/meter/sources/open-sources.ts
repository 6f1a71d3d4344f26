/** Builds the energy sources of this machine from plain settings. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import { cpuModelSource } from './cpu-model-source.js';
import { corePower } from './cpu-power-figures.js';
import type { EnergySource } from '../energy-source.js';
import { nvmlSource } from './nvml-source.js';
import { powercapSource } from './powercap-source.js';
import { SIMULATED_MODELS } from './simulated-devices.js';
import { simulatedSource } from './simulated-source.js';
import type { WallMeterSettings } from './wall-meter-settings.js';

/** Everything the sources depend on; plain data, so that it can cross into a thread. */
export interface SourceSettings {
  /** The only NVML library that is tried; absent: the usual places. */
  readonly nvmlLibrary?: string;
  /** Folders that stand for `/sys` and `/proc`. */
  readonly sysfsRoot: string;
  readonly procRoot: string;
  /** Replaces all sensors by one simulated device. */
  readonly simulate?: { readonly model: string; readonly id: DeviceId };
  /** The operator's figure for the CPU model. */
  readonly cpuWattsPerCore?: number;
  /** The operator's wall meter. */
  readonly wallMeter?: WallMeterSettings;
}

/** All sources of this machine in the order of preference, or the simulated device alone. */
export function openSources(settings: SourceSettings, clock: Clock): readonly EnergySource[] {
  const { simulate, nvmlLibrary, sysfsRoot, procRoot, cpuWattsPerCore } = settings;
  const model = SIMULATED_MODELS.find(({ name }) => name === simulate?.model);
  if (simulate && model) return [simulatedSource({ clock, id: simulate.id, model })];
  const cpuProduct = readCpuProduct(procRoot);
  return [
    nvmlSource({ clock, ...(nvmlLibrary !== undefined && { library: nvmlLibrary }) }),
    powercapSource({ clock, sysfsRoot, cpuProduct }),
    cpuModelSource(corePower(cpuProduct, cpuWattsPerCore), cpuProduct),
  ];
}

/** `model name` on x86; ARM kernels give none. */
function readCpuProduct(procRoot: string): string {
  try {
    const text = readFileSync(join(procRoot, 'cpuinfo'), 'utf8');
    return /^model name\s*:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? 'CPU';
  } catch {
    return 'CPU';
  }
}
