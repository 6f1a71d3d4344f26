/** CPU packages, DRAM and the platform through RAPL and powercap. */

import { statSync } from 'node:fs';

import type { Device, SensorReport } from '../../../shared/domain/hardware.js';
import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import {
  FULL_COVERAGE,
  type EnergySource,
  type ProbedDevice,
  type Reading,
  type SensorTraits,
  type SourceProbe,
} from '../energy-source.js';
import { CounterTrack } from './counter-track.js';
import {
  ENERGY_FILE,
  STANDS_AT_ZERO,
  findPowercapZones,
  type PowercapZone,
  type RefusedZone,
  type ZonePart,
  type ZoneSearch,
} from './powercap-zones.js';

export interface PowercapSourceOptions {
  readonly clock: Clock;
  /** Folder that stands for `/sys`. */
  readonly sysfsRoot: string;
  /** Product name of the processor. */
  readonly cpuProduct: string;
}

/** Packages and DRAM: what the host's processor and memory spend. */
export const powercapSource = (options: PowercapSourceOptions): EnergySource =>
  new PowercapSource(options, { name: 'powercap', parts: ['cpu', 'dram'] });

/**
 * The platform zone, where the vendor has wired one: for the whole machine, when no meter outside it is there. What it
 * covers is up to the maker of the board, and a graphics card with its own plug is not in it.
 */
export const psysSource = (options: PowercapSourceOptions): EnergySource =>
  new PowercapSource(options, { name: 'psys', parts: ['machine'], isFallback: true });

/** Package RAPL agrees with external meters to some 5 %; Intel and AMD state no figure. */
const GAIN = 0.05;
/** Intel leaves the calibration of the platform's sensor to the maker of the board. */
const PLATFORM_GAIN = 0.1;
/** No socket draws more: a step back that would need more power than this is a restart of the counter, not a wrap. */
const MOST_SOCKET_WATTS = 2000;
const MOST_PLATFORM_WATTS = 10_000;
/** The register has 32 bits: the range is one unit short of a full turn. */
const REGISTER_STEPS = 2n ** 32n - 1n;
const USUAL_UNIT_MICROJOULES = 61;

interface ZoneState {
  readonly zone: PowercapZone;
  readonly device: Device;
  readonly track: CounterTrack;
}

interface Wanted {
  readonly name: string;
  readonly parts: readonly ZonePart[];
  readonly isFallback?: boolean;
}

class PowercapSource implements EnergySource {
  readonly name: string;
  readonly pace = 'counter';
  readonly isFallback: boolean;
  readonly #options: PowercapSourceOptions;
  readonly #parts: readonly ZonePart[];
  #states: readonly ZoneState[] = [];

  constructor(options: PowercapSourceOptions, { name, parts, isFallback = false }: Wanted) {
    this.#options = options;
    this.name = name;
    this.#parts = parts;
    this.isFallback = isFallback;
  }

  /** One unreadable package makes the sum of all packages too small, so then none is offered. */
  probe(): SourceProbe {
    this.close();
    const search = findPowercapZones(this.#options.sysfsRoot, this.#parts);
    const lame = new Set(search.refused.map(({ part }) => part));
    for (const { file } of search.zones.filter(({ part }) => lame.has(part))) file.close();
    this.#states = search.zones.filter(({ part }) => !lame.has(part)).map((zone) => this.#open(zone));
    return {
      found: this.#states.map(({ zone, device }) => this.#describe(zone, device, search)),
      missing: this.#parts.flatMap((part) => explain(part, search, this.#options.sysfsRoot)),
      versions: {},
    };
  }

  sample(held: ReadonlySet<DeviceId>): readonly Reading[] {
    return this.#states.filter(({ device }) => held.has(device.id)).map((state) => this.#read(state));
  }

  close(): void {
    for (const { zone } of this.#states) zone.file.close();
    this.#states = [];
  }

  #open(zone: PowercapZone): ZoneState {
    const { part, range } = zone;
    const product = part === 'cpu' ? this.#options.cpuProduct : part === 'dram' ? 'DRAM' : 'platform';
    const kind = part === 'cpu' ? 'cpu-package' : part === 'dram' ? 'dram' : 'cpu-host';
    const track = new CounterTrack({
      mostWatts: part === 'machine' ? MOST_PLATFORM_WATTS : MOST_SOCKET_WATTS,
      ...(range !== undefined && { periodMicrojoules: range + unitOf(range) }),
    });
    return { zone, device: { id: deviceId(zone.name), kind, product }, track };
  }

  #read({ zone: { file }, device, track }: ZoneState): Reading {
    const value = file.readCount();
    const atNanoseconds = this.#options.clock.monotonicNanoseconds();
    if (value === undefined) {
      const reason = `${file.path} cannot be read now (${file.fault})`;
      return { kind: 'failed', device: device.id, atNanoseconds, reason };
    }
    return {
      kind: 'energy',
      device: device.id,
      atNanoseconds,
      ...track.add(value, atNanoseconds, file.takeReopened()),
    };
  }

  #describe({ part, range }: PowercapZone, device: Device, { mirrored }: ZoneSearch): ProbedDevice {
    const note =
      part === 'cpu' && mirrored.length > 0 ? `; ${mirrored.join(', ')} left out: the same counter again` : '';
    const what = part === 'machine' ? 'RAPL counter of the platform, as the board has wired it' : 'RAPL energy counter';
    return {
      device,
      part,
      source: this.name,
      provenance: 'counter',
      detail: `${what}${note}`,
      aliases: [],
      perTrial: false,
      traits: {
        ...RAPL_TRAITS,
        quantumMicrojoules: range === undefined ? USUAL_UNIT_MICROJOULES : Number(unitOf(range)),
        gain: part === 'machine' ? PLATFORM_GAIN : GAIN,
      },
    };
  }
}

/** RAPL registers update about every millisecond. */
export const RAPL_TRAITS: SensorTraits = {
  reads: 'energy',
  latched: true,
  updateNanoseconds: 1_000_000n,
  averagingNanoseconds: 0n,
  coverage: FULL_COVERAGE,
  quantumMicrojoules: USUAL_UNIT_MICROJOULES,
  gain: GAIN,
  estimate: 0,
};

/** The counter's unit in microjoules: 15 on AMD, 61 on Intel, a whole joule for some platforms. */
const unitOf = (range: bigint): bigint => (range + REGISTER_STEPS / 2n) / REGISTER_STEPS;

function explain(part: ZonePart, { zones, refused, labels }: ZoneSearch, root: string): readonly SensorReport[] {
  const denied = refused.filter((zone) => zone.part === part);
  if (denied.length > 0) return denied.map((zone) => absent(part, zone.name, explainRefusal(zone)));
  if (part === 'machine' || zones.some((zone) => zone.part === part)) return [];
  if (part === 'dram') return [absent(part, 'dram', 'this machine has no RAPL counter for its memory.')];
  const rest = labels.filter((label) => label !== '');
  return [absent(part, 'cpu-package', rest.length > 0 ? noPackage(rest) : noZones(root))];
}

const noZones = (sysfsRoot: string): string =>
  `no RAPL counter: ${sysfsRoot}/class/powercap has no package (a virtual machine, a container that hides it, a processor of neither Intel nor AMD, or the kernel module intel_rapl_msr is not loaded: \`sudo modprobe intel_rapl_msr\`).`;

const noPackage = (labels: readonly string[]): string =>
  `no RAPL counter of a whole package: there is only ${labels.join(', ')}, which is a part of it or more than it.`;

const RULE = 'deploy/udev/60-ecopt-powercap.rules';

/** Why a zone cannot be opened, and what helps. */
export function explainRefusal({ path, code }: Pick<RefusedZone, 'path' | 'code'>): string {
  const file = `${path}/${ENERGY_FILE}`;
  if (code === STANDS_AT_ZERO) return `${file} stands at 0: this processor does not count it.`;
  if (code !== 'EACCES' && code !== 'EPERM') return `${file} cannot be read (${code}).`;
  const group = readingGroup(file);
  if (group !== undefined) {
    return `${file} is open to the group with the number ${group}, and this user is not in it: \`sudo usermod --append --groups "$(getent group ${group} | cut -d: -f1)" USER\`, then log in anew.`;
  }
  // To one group, as the rule has it: everybody could follow what others compute.
  return `${file} is readable by root only (a kernel rule since CVE-2020-8694). For good: install the udev rule ${RULE} as it says; until the next reboot: \`sudo chgrp "$(id -gn)" ${file} && sudo chmod g+r ${file}\`.`;
}

/** Number of the group that a file is open to; `undefined` where it is root's alone. */
function readingGroup(file: string): number | undefined {
  const status = statSync(file, { throwIfNoEntry: false });
  return status !== undefined && status.gid !== 0 && (status.mode & GROUP_MAY_READ) !== 0 ? status.gid : undefined;
}

const GROUP_MAY_READ = 0o040;

const absent = (part: ZonePart, device: string, detail: string): SensorReport => ({
  device: deviceId(device),
  part,
  source: part === 'machine' ? 'psys' : 'powercap',
  available: false,
  detail,
});
