/** Finds the RAPL zones of powercap that must be summed, each exactly once. */

import { join } from 'node:path';

import { SysfsFile, errorCode, listFolder, readCount, readText } from './sysfs.js';

/** `machine` is the platform zone `psys`: an alternative to the sum of the others, never a part of it. */
export type ZonePart = 'cpu' | 'dram' | 'machine';

/** A zone that can be read. */
export interface PowercapZone {
  /** Name in ids and reports, such as `cpu-package-0` or `dram-package-0`. */
  readonly name: string;
  readonly part: ZonePart;
  readonly path: string;
  /** Open `energy_uj`. */
  readonly file: SysfsFile;
  /** Highest value before the counter starts again at 0, in microjoules; `undefined` when it cannot be read. */
  readonly range?: bigint;
}

/** A zone that is there and cannot be read. */
export interface RefusedZone {
  readonly name: string;
  readonly part: ZonePart;
  readonly path: string;
  /** Code of the system, {@link STANDS_AT_ZERO}, or what is wrong in words. */
  readonly code: string;
}

export interface ZoneSearch {
  readonly zones: readonly PowercapZone[];
  readonly refused: readonly RefusedZone[];
  /** Zones left out because they show the counter of another one. */
  readonly mirrored: readonly string[];
  /** Names of all zones there are, whatever they are about. */
  readonly labels: readonly string[];
}

/** Readable by root only since CVE-2020-8694; `deploy/udev/60-ecopt-powercap.rules` opens it to a group. */
export const ENERGY_FILE = 'energy_uj';
/** Code of a zone whose processor does not count: client processors show a DRAM zone that never moves. */
export const STANDS_AT_ZERO = 'ZERO';
/** A register may not answer once. */
const TRIES = 3;

/** Zone ids are hexadecimal (`%s:%x` in the kernel): `intel-rapl:a`, `intel-rapl:a:0`. AMD has the same names. */
export const ZONE_ID = /^(intel-rapl|intel-rapl-mmio):([0-9a-f]+)(?::([0-9a-f]+))?$/;

/**
 * Looks through `<sysfsRoot>/class/powercap` for zones of these parts.
 *
 * `core` and `uncore` lie inside the package. DRAM is *not* inside the package although it is its child folder.
 * `intel-rapl-mmio` shows the same packages once more and is used only where `intel-rapl` is absent.
 */
export function findPowercapZones(sysfsRoot: string, parts: readonly ZonePart[]): ZoneSearch {
  const candidates = listZones(join(sysfsRoot, 'class/powercap'));
  const driver = candidates.some((zone) => zone.driver === 'intel-rapl') ? 'intel-rapl' : 'intel-rapl-mmio';
  const ours = uniqueNames(candidates.filter((zone) => zone.driver === driver));
  const zones: PowercapZone[] = [];
  const refused: RefusedZone[] = [];
  for (const { name, part, path } of ours) {
    if (part === undefined || !parts.includes(part)) continue;
    const opened = openZone({ name, part, path });
    if ('code' in opened) refused.push(opened);
    else zones.push(opened);
  }
  const mirrored = mirroredZones(zones);
  for (const zone of zones.filter(({ name }) => mirrored.includes(name))) zone.file.close();
  const labels = [...new Set(ours.map(({ label }) => label))];
  return { zones: zones.filter(({ name }) => !mirrored.includes(name)), refused, mirrored, labels };
}

interface Candidate {
  readonly driver: string;
  readonly label: string;
  readonly name: string;
  readonly part: ZonePart | undefined;
  readonly path: string;
}

/** Sub-zones appear beside their package in the class folder and again inside it; the zone id tells them apart. */
function listZones(folder: string): readonly Candidate[] {
  const paths = new Map<string, string>();
  for (const top of listFolder(folder).filter((entry) => ZONE_ID.test(entry))) {
    paths.set(top, join(folder, top));
    for (const child of listFolder(join(folder, top)).filter((entry) => ZONE_ID.test(entry))) {
      if (!paths.has(child)) paths.set(child, join(folder, top, child));
    }
  }
  const labels = new Map([...paths].map(([id, path]) => [id, readText(join(path, 'name')) ?? '']));
  return [...paths].map(([id, path]) => {
    const [, driver = '', parent = ''] = ZONE_ID.exec(id) ?? [];
    const label = labels.get(id) ?? '';
    return { driver, label, path, ...nameZone(label, labels.get(`${driver}:${parent}`) ?? '') };
  });
}

function nameZone(label: string, parent: string): Pick<Candidate, 'name' | 'part'> {
  if (/^package-/.test(label)) return { name: `cpu-${label}`, part: 'cpu' };
  if (label === 'dram') return { name: /^package-/.test(parent) ? `dram-${parent}` : 'dram', part: 'dram' };
  return label === 'psys' ? { name: 'psys', part: 'machine' } : { name: label, part: undefined };
}

/** Two zones of one name are two counters: sockets must never collapse into one. */
function uniqueNames(zones: readonly Candidate[]): readonly Candidate[] {
  const seen = new Map<string, number>();
  return zones.map((zone) => {
    const count = (seen.get(zone.name) ?? 0) + 1;
    seen.set(zone.name, count);
    return count === 1 ? zone : { ...zone, name: `${zone.name}-${count}` };
  });
}

function openZone(zone: Omit<RefusedZone, 'code'>): PowercapZone | RefusedZone {
  try {
    const file = new SysfsFile(join(zone.path, ENERGY_FILE));
    const code = faultOf(file);
    if (code !== undefined) {
      file.close();
      return { ...zone, code };
    }
    const range = readCount(join(zone.path, 'max_energy_range_uj'));
    return { ...zone, file, ...(range !== undefined && range > 0n && { range }) };
  } catch (error) {
    return { ...zone, code: errorCode(error) };
  }
}

/** Why its counter tells nothing; `undefined` if it counts. */
function faultOf(file: SysfsFile): string | undefined {
  for (let tries = 0; tries < TRIES; tries++) {
    const value = file.readCount();
    if (value !== undefined) return value === 0n ? STANDS_AT_ZERO : undefined;
  }
  return file.fault;
}

/**
 * Package zones that show another zone's counter: Zen 1 and 2 have one package zone per die, all with the same value.
 *
 * Between two looks at A a true mirror B can only lie between them; counters of their own agree to the microjoule with
 * a probability of some 1e-6.
 */
function mirroredZones(zones: readonly PowercapZone[]): readonly string[] {
  const packages = zones.filter(({ part }) => part === 'cpu');
  const mirrored = packages.filter((zone, i) => packages.slice(0, i).some((earlier) => shows(earlier, zone)));
  return mirrored.map(({ name }) => name);
}

/** Dies of one package may be a tick of the counter apart: 1 ms at the most that a package draws. */
const TICK_MICROJOULES = 1_000_000n;

function shows(a: PowercapZone, b: PowercapZone): boolean {
  const [before, middle, after] = [a.file.readCount(), b.file.readCount(), a.file.readCount()];
  if (before === undefined || middle === undefined || after === undefined) return false;
  const slack = packageOf(a.name) === packageOf(b.name) ? TICK_MICROJOULES : 0n;
  return before - slack <= middle && middle <= after + slack;
}

/** `cpu-package-1-die-2` lies in `cpu-package-1`. */
const packageOf = (name: string): string => name.replace(/-die-\d+$/, '');
