/** The power rails of a Jetson module, as its INA3221 sensors show them. */

import { join } from 'node:path';

import { listFolder, openIfThere, readCount, readText, type SysfsFile } from './sysfs.js';

export interface Rail {
  readonly label: string;
  /** Time over which the sensor averages, where it says so, in milliseconds. */
  readonly updateMilliseconds?: number;
  /** In microwatts; `undefined` when it cannot be read now. */
  read(): bigint | undefined;
  close(): void;
}

/** All rails that can be read. */
export function findRails(sysfsRoot: string): readonly Rail[] {
  return [...findHwmonRails(sysfsRoot), ...findIioRails(sysfsRoot)].filter((rail) => {
    const isRead = rail.read() !== undefined;
    if (!isRead) rail.close();
    return isRead;
  });
}

/** A channel that is not connected. */
const isUnused = (label: string): boolean => label === '' || label === 'NC';

/**
 * JetPack 5 and later. Only channels 1 to 3 are rails: `in4` to `in6` are voltages of shunts, and `in7` is their sum.
 */
function findHwmonRails(sysfsRoot: string): readonly Rail[] {
  return foldersBelow(sysfsRoot, 'ina3221', /^hwmon$/).flatMap((parent) =>
    listFolder(parent).flatMap((entry) => [1, 2, 3].flatMap((channel) => hwmonRail(join(parent, entry), channel))),
  );
}

function hwmonRail(folder: string, channel: number): readonly Rail[] {
  const label = readText(join(folder, `in${channel}_label`)) ?? '';
  if (isUnused(label)) return [];
  const voltage = openIfThere(join(folder, `in${channel}_input`));
  const current = openIfThere(join(folder, `curr${channel}_input`));
  const close = (): void => [voltage, current].forEach((file) => file?.close());
  if (voltage === undefined || current === undefined) {
    close();
    return [];
  }
  const update = readCount(join(folder, 'update_interval'));
  return [
    {
      label,
      ...(update !== undefined && update > 0n && { updateMilliseconds: Number(update) }),
      read: () => product(voltage.readCount(), readCurrent(current)),
      close,
    },
  ];
}

/** Millivolts times milliamperes are microwatts. */
const product = (millivolts: bigint | undefined, milliamperes: bigint | undefined): bigint | undefined =>
  millivolts === undefined || milliamperes === undefined ? undefined : millivolts * milliamperes;

/** An idle rail may read a little below 0, by the offset of its shunt's amplifier; more than this is no offset. */
const MOST_OFFSET_MILLIAMPERES = 100n;

function readCurrent(file: SysfsFile): bigint | undefined {
  const value = file.readInteger();
  if (value === undefined || value >= 0n) return value;
  return value >= -MOST_OFFSET_MILLIAMPERES ? 0n : undefined;
}

/** JetPack 4. */
function findIioRails(sysfsRoot: string): readonly Rail[] {
  return foldersBelow(sysfsRoot, 'ina3221x', /^iio:device\d+$/).flatMap((folder) =>
    [0, 1, 2].flatMap((channel) => iioRail(folder, channel)),
  );
}

function iioRail(folder: string, channel: number): readonly Rail[] {
  const label = readText(join(folder, `rail_name_${channel}`)) ?? '';
  const power = isUnused(label) ? undefined : openIfThere(join(folder, `in_power${channel}_input`));
  if (power === undefined) return [];
  const read = (): bigint | undefined => {
    const milliwatts = power.readCount();
    return milliwatts === undefined ? undefined : milliwatts * 1000n;
  };
  return [{ label, read, close: () => power.close() }];
}

/** Folders of a driver's devices on the I2C bus whose names fit. */
function foldersBelow(sysfsRoot: string, driver: string, name: RegExp): readonly string[] {
  const root = join(sysfsRoot, 'bus/i2c/drivers', driver);
  const devices = listFolder(root).filter((entry) => /^\d+-[0-9a-f]{4}$/.test(entry));
  return devices.flatMap((device) =>
    listFolder(join(root, device))
      .filter((entry) => name.test(entry))
      .map((entry) => join(root, device, entry)),
  );
}
