/** Graphics cards as the kernel lists them, by their PCI address. */

import { join } from 'node:path';

import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import { linkTarget, listFolder, readText } from './sysfs.js';

export interface DrmCard {
  /** The PCI address, such as `0000:c1:00.0`: it stays the same when cards are numbered anew. */
  readonly id: DeviceId;
  /** Folder of the device, with its files. */
  readonly folder: string;
  /** PCI ids without `0x`: `1002` is AMD, `8086` Intel. */
  readonly vendor: string;
  readonly model: string;
}

const PCI_ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;

/** Cards of one vendor. Connectors (`card0-DP-1`) and render nodes are other views of the same. */
export function findDrmCards(sysfsRoot: string, vendor: string): readonly DrmCard[] {
  const folder = join(sysfsRoot, 'class/drm');
  return listFolder(folder)
    .filter((entry) => /^card\d+$/.test(entry))
    .flatMap((entry) => describeCard(join(folder, entry, 'device')))
    .filter((card) => card.vendor === vendor);
}

function describeCard(folder: string): readonly DrmCard[] {
  const address = linkTarget(folder)?.toLowerCase();
  const vendor = pciId(join(folder, 'vendor'));
  if (address === undefined || !PCI_ADDRESS.test(address) || vendor === undefined) return [];
  return [{ id: deviceId(address), folder, vendor, model: pciId(join(folder, 'device')) ?? 'unknown' }];
}

const pciId = (path: string): string | undefined => /^0x([0-9a-f]{4})$/.exec(readText(path) ?? '')?.[1];
