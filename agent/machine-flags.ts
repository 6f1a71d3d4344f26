/** Flags that say what of this machine may be used and how -> checked settings. */

import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Command } from 'commander';

import { UsageError } from '../shared/domain/errors.js';
import type { MachineFlags } from './open-machine.js';
import { addWallMeterFlags, wallMeterFlags, type RawWallMeterFlags } from './wall-meter-flags.js';

/** As commander gives them. */
export interface RawMachineFlags extends RawWallMeterFlags {
  readonly devices?: string;
  readonly simulate?: string;
  readonly cpuWattsPerCore?: string;
  readonly allowCommand?: boolean | readonly string[];
  readonly label?: readonly string[];
  readonly data?: readonly string[];
}

export const addMachineFlags = (command: Command): Command =>
  addWallMeterFlags(
    command
      .option('--devices <ids>', 'use only these: device ids as `ecopt doctor` shows them, separated by commas, or cpu')
      .option('--simulate <model>', 'real training, simulated energy of this device model')
      .option('--cpu-watts-per-core <watts>', 'power of one busy core, for CPUs whose energy has to be modelled'),
  );

/** @throws {UsageError} naming the flag, what is wrong and what would be right. */
export function machineFlags(raw: RawMachineFlags): MachineFlags {
  const { devices, simulate, cpuWattsPerCore, allowCommand, label = [], data = [] } = raw;
  const wallMeter = wallMeterFlags(raw);
  if (devices !== undefined && simulate !== undefined) {
    throw new UsageError('--devices and --simulate exclude each other: a simulated device stands in for all real ones');
  }
  return {
    ...(devices !== undefined && { devices: listed('--devices', devices) }),
    ...(simulate !== undefined && { simulate }),
    ...(cpuWattsPerCore !== undefined && { cpuWattsPerCore: watts(cpuWattsPerCore) }),
    ...(wallMeter && { wallMeter }),
    labels: Object.fromEntries(label.map((text) => pair('--label', text))),
    dataSets: Object.fromEntries(data.map((text) => dataSet(text))),
    commands:
      allowCommand === undefined || allowCommand === false
        ? { kind: 'none' }
        : allowCommand === true
          ? { kind: 'any' }
          : { kind: 'patterns', patterns: allowCommand },
  };
}

function listed(flag: string, text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new UsageError(`${flag} ${text}: write names separated by single commas`);
  return names;
}

function watts(text: string): number {
  const value = decimal(text);
  if (value !== undefined && value > 0 && value <= MOST_WATTS_PER_CORE) return value;
  throw new UsageError(
    `--cpu-watts-per-core ${text}: must be watts above 0 and at most ${MOST_WATTS_PER_CORE}, such as 5.4`,
  );
}

/** No core draws as much: a figure above it is of the whole processor, or a slip. */
const MOST_WATTS_PER_CORE = 200;

/** A number as people write it, so that `0x10` and an empty text are none. */
export const decimal = (text: string): number | undefined =>
  /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text.trim()) ? Number(text) : undefined;

function pair(flag: string, text: string): readonly [string, string] {
  const split = text.indexOf('=');
  if (split < 1) throw new UsageError(`${flag} ${text}: write NAME=VALUE`);
  return [text.slice(0, split), text.slice(split + 1)];
}

function dataSet(text: string): readonly [string, string] {
  const [name, path] = pair('--data', text);
  const folder = resolve(path);
  if (!statSync(folder, { throwIfNoEntry: false })) throw new UsageError(`--data ${text}: there is no ${folder}`);
  return [name, folder];
}
