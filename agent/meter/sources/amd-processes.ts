/** Who computes on which AMD GPU, from the compute driver's list of processes. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { DeviceCondition, DeviceProcess } from '../energy-source.js';
import { listFolder, readCount, readText } from './sysfs.js';

export type ProcessesOf = (device: DeviceId) => Pick<DeviceCondition, 'processes' | 'processesUnknown'>;

/**
 * Processes that use the compute driver (ROCm), by device, as of now. Graphics programs are not in this list.
 *
 * Its process numbers are those of the host: within a container they name nobody, or somebody else.
 */
export function amdProcesses(sysfsRoot: string, procRoot: string): ProcessesOf {
  const folder = join(sysfsRoot, 'class/kfd/kfd/proc');
  if (!existsSync(folder)) return () => ({ processesUnknown: 'the compute driver (amdkfd) is not loaded' });
  const pids = listFolder(folder).filter((entry) => /^\d{1,10}$/.test(entry));
  if (pids.some((pid) => !existsSync(join(procRoot, pid)))) {
    return () => ({ processesUnknown: 'the driver lists processes that are not seen from here (a container?)' });
  }
  const gpuIds = readGpuIds(join(sysfsRoot, 'class/kfd/kfd/topology/nodes'));
  return (device) => {
    const gpuId = gpuIds.get(device);
    if (gpuId === undefined) return { processesUnknown: 'the compute driver (amdkfd) does not know this device' };
    return { processes: pids.flatMap((pid) => processOn(join(folder, pid), pid, gpuId)) };
  };
}

/** A process that has memory on the device. */
function processOn(folder: string, pid: string, gpuId: string): readonly DeviceProcess[] {
  const memory = readCount(join(folder, `vram_${gpuId}`));
  return memory === undefined || memory === 0n ? [] : [{ pid: Number(pid), memoryBytes: Number(memory) }];
}

/** Numbers of the compute driver by PCI address; a node without one is a processor. */
function readGpuIds(nodes: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const node of listFolder(nodes)) {
    const gpuId = readText(join(nodes, node, 'gpu_id'));
    const properties = readText(join(nodes, node, 'properties')) ?? '';
    const location = /^location_id (\d{1,10})$/m.exec(properties)?.[1];
    const domain = /^domain (\d{1,10})$/m.exec(properties)?.[1] ?? '0';
    if (gpuId === undefined || !/^[1-9]\d{0,9}$/.test(gpuId) || location === undefined) continue;
    found.set(pciAddress(Number(domain), Number(location)), gpuId);
  }
  return found;
}

/** `location_id` holds bus, device (5 bits) and function (3 bits). */
function pciAddress(domain: number, location: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return `${hex(domain, 4)}:${hex((location >> 8) & 0xff, 2)}:${hex((location >> 3) & 0x1f, 2)}.${location & 7}`;
}
