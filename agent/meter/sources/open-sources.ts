/** Builds the energy sources of this machine from plain settings. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { EnergySource } from '../energy-source.js';
import { acpiSource } from './acpi-source.js';
import { amdIntegratedSource, amdSource } from './amd-source.js';
import { cpuModelSource } from './cpu-model-source.js';
import { corePower } from './cpu-power-figures.js';
import { jetsonSource } from './ina3221-source.js';
import { intelGpuSource } from './intel-gpu-source.js';
import { nvmlSource } from './nvml-source.js';
import { perfPsysSource, perfSource } from './perf-source.js';
import { powercapSource, psysSource } from './powercap-source.js';
import { SIMULATED_MODELS } from './simulated-devices.js';
import { simulatedSource } from './simulated-source.js';
import { wallMeterSource } from './wall-meter-source.js';
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

/**
 * All sources of this machine in the order of preference, or the simulated device alone.
 *
 * No part is counted twice: the kinds of cards do not overlap, and everything else that reads a part which a source
 * before it may read is a fallback, of which only the parts without a reader are taken. For the whole machine a meter at
 * the wall stands before the firmware's, and that before the processor's platform counter, which sees the least of it.
 */
export function openSources(settings: SourceSettings, clock: Clock): readonly EnergySource[] {
  const { simulate, nvmlLibrary, sysfsRoot, procRoot, cpuWattsPerCore, wallMeter } = settings;
  const model = SIMULATED_MODELS.find(({ name }) => name === simulate?.model);
  if (simulate && model) return [simulatedSource({ clock, id: simulate.id, model })];
  const cpuProduct = readCpuProduct(procRoot);
  const files = { clock, sysfsRoot, procRoot, cpuProduct };
  return [
    nvmlSource({ clock, procRoot, ...(nvmlLibrary !== undefined && { library: nvmlLibrary }) }),
    amdSource(files),
    intelGpuSource(files),
    jetsonSource(files),
    amdIntegratedSource(files),
    powercapSource(files),
    perfSource(files),
    ...(wallMeter ? [wallMeterSource({ clock, settings: wallMeter })] : []),
    acpiSource(files),
    psysSource(files),
    perfPsysSource(files),
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
