/** CPU packages and DRAM through RAPL and powercap. */

import { closeSync } from 'node:fs';
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
import { findPowercapZones, readZone, type PowercapZone, type RefusedZone, type ZoneSearch } from './powercap-zones.js';

export interface PowercapSourceOptions {
  readonly clock: Clock;
  /** Folder that stands for `/sys`. */
  readonly sysfsRoot: string;
  /** Product name of the processor. */
  readonly cpuProduct: string;
}

/** RAPL registers update about every millisecond. */
const TRAITS: SensorTraits = {
  reads: 'energy',
  latched: true,
  updateNanoseconds: 1_000_000n,
  averagingNanoseconds: 0n,
  coverage: FULL_COVERAGE,
  quantumMicrojoules: 61,
  /** Package RAPL agrees with external meters to some 5 %; Intel and AMD state no figure. */
  gain: 0.05,
  estimate: 0,
};

/** No socket draws more: a step back that would need more power than this is a restart of the counter, not a wrap. */
const MOST_WATTS = 2000;

interface ZoneState {
  readonly zone: PowercapZone;
  readonly device: Device;
  /** Last raw value and its instant. */
  raw?: bigint;
  at?: bigint;
  /** Energy with all wraps undone, in microjoules. */
  total: bigint;
}

export function powercapSource(options: PowercapSourceOptions): EnergySource {
  return new PowercapSource(options);
}

class PowercapSource implements EnergySource {
  readonly name = 'powercap';
  readonly pace = 'counter';
  readonly #options: PowercapSourceOptions;
  #states: readonly ZoneState[] = [];

  constructor(options: PowercapSourceOptions) {
    this.#options = options;
  }

  /** One unreadable package makes the sum of all packages too small, so then none is offered. */
  probe(): SourceProbe {
    const search = findPowercapZones(this.#options.sysfsRoot);
    const lame = new Set(search.refused.map(({ part }) => part));
    for (const zone of search.zones.filter(({ part }) => lame.has(part))) closeSync(zone.file);
    this.#states = search.zones.filter(({ part }) => !lame.has(part)).map((zone) => this.#open(zone));
    return {
      found: this.#states.map(({ zone, device }) => describe(zone, device, search)),
      missing: (['cpu', 'dram'] as const).flatMap((part) => explain(part, search)),
      versions: {},
    };
  }

  sample(held: ReadonlySet<DeviceId>): readonly Reading[] {
    return this.#states.filter(({ device }) => held.has(device.id)).map((state) => this.#read(state));
  }

  close(): void {
    for (const { zone } of this.#states) closeSync(zone.file);
    this.#states = [];
  }

  #open(zone: PowercapZone): ZoneState {
    const kind = zone.part === 'cpu' ? 'cpu-package' : 'dram';
    const product = zone.part === 'cpu' ? this.#options.cpuProduct : 'DRAM';
    return { zone, device: { id: deviceId(zone.name), kind, product }, total: 0n };
  }

  #read(state: ZoneState): Reading {
    const raw = readZone(state.zone.file);
    const atNanoseconds = this.#options.clock.monotonicNanoseconds();
    const device = state.device.id;
    if (raw === undefined) {
      return { kind: 'failed', device, atNanoseconds, reason: `${state.zone.path}/energy_uj cannot be read now` };
    }
    const step = stepOf(state, raw, atNanoseconds);
    state.total += step.microjoules;
    state.raw = raw;
    state.at = atNanoseconds;
    return { kind: 'energy', device, atNanoseconds, microjoules: state.total, ...(step.flag && { flag: step.flag }) };
  }
}

interface Step {
  readonly microjoules: bigint;
  readonly flag?: 'wrap' | 'discontinuity';
}

function stepOf({ zone, raw: previous, at }: ZoneState, raw: bigint, now: bigint): Step {
  if (previous === undefined || at === undefined) return { microjoules: 0n };
  const mostMicrojoules = (now - at) * BigInt(MOST_WATTS / 1000);
  // Longer than the shortest time in which it can go round: how often it did is unknown.
  if (zone.range !== undefined && mostMicrojoules > zone.range) return { microjoules: 0n, flag: 'discontinuity' };
  if (raw >= previous) return { microjoules: raw - previous };
  if (zone.range === undefined || previous > zone.range) return { microjoules: 0n, flag: 'discontinuity' };
  const around = zone.range - previous + raw;
  return around > mostMicrojoules ? { microjoules: 0n, flag: 'discontinuity' } : { microjoules: around, flag: 'wrap' };
}

function describe({ part }: PowercapZone, device: Device, { mirrored }: ZoneSearch): ProbedDevice {
  const note = part === 'cpu' && mirrored.length > 0 ? `; ${mirrored.join(', ')} left out: the same counter again` : '';
  return {
    device,
    part,
    source: 'powercap',
    provenance: 'counter',
    detail: `RAPL energy counter${note}`,
    aliases: [],
    perTrial: false,
    traits: TRAITS,
  };
}

function explain(part: 'cpu' | 'dram', { zones, refused }: ZoneSearch): readonly SensorReport[] {
  const denied = refused.filter((zone) => zone.part === part);
  if (denied.length > 0) return denied.map((zone) => absent(part, zone.name, explainRefusal(zone)));
  if (zones.some((zone) => zone.part === part)) return [];
  if (part === 'dram') return [absent(part, 'dram', 'this machine has no RAPL counter for its memory.')];
  return [
    absent(
      part,
      'cpu-package',
      'no RAPL counter: /sys/class/powercap has no package (a virtual machine, a container that hides it, or the kernel module intel_rapl_msr is not loaded).',
    ),
  ];
}

/** Why a zone cannot be opened, and what helps. */
export const explainRefusal = ({ path, code }: Pick<RefusedZone, 'path' | 'code'>): string =>
  code === 'EACCES' || code === 'EPERM'
    ? `${path}/energy_uj is readable by root only (a kernel rule since CVE-2020-8694). Until the next reboot: \`sudo chmod a+r ${path}/energy_uj\`; for good: a udev rule that does the same.`
    : `${path}/energy_uj cannot be opened (${code}).`;

const absent = (part: 'cpu' | 'dram', device: string, detail: string): SensorReport => ({
  device: deviceId(device),
  part,
  source: 'powercap',
  available: false,
  detail,
});
