/** GPUs on the PCI bus, seen without any driver: to tell a person of a GPU that cannot be used yet. */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface PciGpu {
  /** Such as `0000:3b:00.0`. */
  readonly address: string;
  readonly vendor: 'NVIDIA' | 'AMD';
}

/** Makers of GPUs that people train on; the display chips of server boards are none. */
const VENDORS: Readonly<Record<string, PciGpu['vendor']>> = { '0x10de': 'NVIDIA', '0x1002': 'AMD' };

/** Display controllers have class 0x03xxxx, which includes 3D controllers without a display. */
export function findPciGpus(sysfsRoot: string): readonly PciGpu[] {
  const folder = join(sysfsRoot, 'bus/pci/devices');
  return listFolder(folder).flatMap((address) => {
    const vendor = VENDORS[readText(join(folder, address, 'vendor'))];
    const display = readText(join(folder, address, 'class')).startsWith('0x03');
    return display && vendor !== undefined ? [{ address, vendor }] : [];
  });
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return '';
  }
}
