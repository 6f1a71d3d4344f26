/** What this machine is, read once. The only file that asks `systeminformation`. */

import { readFileSync } from 'node:fs';
import { availableParallelism, hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';

import { cpu, mem, osInfo } from 'systeminformation';

import { machineIdentity } from '../../shared/runtime/machine-identity.js';

export interface MachineFacts {
  /** The same for all agents of one machine, across restarts; not the raw machine id. */
  readonly machineId: string;
  readonly bootId: string;
  readonly hostName: string;
  readonly operatingSystem: string;
  readonly cpuModel: string;
  /** Processors that this process may use. */
  readonly cores: number;
  /** Memory that this process may use. */
  readonly memoryBytes: number;
}

export interface MachineFactsOptions {
  /** Folder that stands for `/proc`. */
  readonly procRoot: string;
  readonly machineIdFile: string;
}

/** Takes some 50 ms; `versions()` would take a second and `graphics()` would start programs, so neither is called. */
export async function readMachineFacts({ procRoot, machineIdFile }: MachineFactsOptions): Promise<MachineFacts> {
  const [processor, system, memory] = await Promise.all([cpu(), osInfo(), mem()]);
  const allowed = process.constrainedMemory();
  return {
    machineId: readMachineId(machineIdFile),
    bootId: readText(join(procRoot, 'sys/kernel/random/boot_id')) ?? 'unknown',
    hostName: hostname(),
    operatingSystem: [system.distro, system.release, `(${system.platform} ${system.kernel}, ${system.arch})`].join(' '),
    cpuModel: cpuName(processor),
    cores: availableParallelism(),
    memoryBytes: allowed > 0 && allowed < memory.total ? allowed : memory.total,
  };
}

/** The maker is put in front unless the brand already names it; trade marks are left out. */
export function cpuName({ manufacturer, brand }: { readonly manufacturer: string; readonly brand: string }): string {
  const plain = (text: string): string =>
    text
      .replace(/\((R|TM|C)\)|[®™©]/gi, '')
      .replace(/\s+/g, ' ')
      .trim();
  const [maker, name] = [plain(manufacturer), plain(brand)];
  const full = name.toLowerCase().startsWith(maker.toLowerCase()) ? name : `${maker} ${name}`.trim();
  return full === '' ? 'unknown CPU' : full;
}

/** The `machineId` of the facts alone: from `/etc/machine-id`; without one, from name and network cards. */
export function readMachineId(file = '/etc/machine-id'): string {
  const cards = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const addresses = [...new Set(cards.filter(({ internal }) => !internal).map(({ mac }) => mac))].sort();
  return machineIdentity(readText(file) ?? [hostname(), ...addresses].join(' '));
}

/** Contents without white space at the ends; `undefined` when there are none. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
