/** Finds the RAPL zones of powercap that must be summed, each exactly once. */

import { closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A package or DRAM zone that can be read. */
export interface PowercapZone {
  /** Name in ids and reports, such as `cpu-package-0` or `dram-package-0`. */
  readonly name: string;
  readonly part: 'cpu' | 'dram';
  readonly path: string;
  /** Open `energy_uj`. */
  readonly file: number;
  /** Value after which the counter starts again at 0, in microjoules; `undefined` when it cannot be read. */
  readonly range?: bigint;
}

/** A zone that is there and cannot be read. */
export interface RefusedZone {
  readonly name: string;
  readonly part: 'cpu' | 'dram';
  readonly path: string;
  readonly code: string;
}

export interface ZoneSearch {
  readonly zones: readonly PowercapZone[];
  readonly refused: readonly RefusedZone[];
  /** Zones left out because they show the counter of another one. */
  readonly mirrored: readonly string[];
}

/** Zone ids are hexadecimal (`%s:%x` in the kernel): `intel-rapl:a`, `intel-rapl:a:0`. */
const ZONE = /^(intel-rapl|intel-rapl-mmio):([0-9a-f]+)(?::([0-9a-f]+))?$/;

/**
 * Looks through `<sysfsRoot>/class/powercap`.
 *
 * Packages and DRAM only: `core` and `uncore` lie inside the package, `psys` is the whole platform. DRAM is *not* inside
 * the package although it is its child folder. `intel-rapl-mmio` shows the same packages once more and is used only
 * where `intel-rapl` is absent.
 */
export function findPowercapZones(sysfsRoot: string): ZoneSearch {
  const candidates = listZones(join(sysfsRoot, 'class/powercap'));
  const driver = candidates.some((zone) => zone.driver === 'intel-rapl') ? 'intel-rapl' : 'intel-rapl-mmio';
  const wanted = uniqueNames(candidates.filter((zone) => zone.driver === driver && zone.part !== undefined));
  const zones: PowercapZone[] = [];
  const refused: RefusedZone[] = [];
  for (const { name, part, path } of wanted) {
    if (part === undefined) continue;
    const opened = openZone({ name, part, path });
    if ('code' in opened) refused.push(opened);
    else zones.push(opened);
  }
  const mirrored = mirroredZones(zones);
  for (const zone of zones.filter(({ name }) => mirrored.includes(name))) closeSync(zone.file);
  return { zones: zones.filter(({ name }) => !mirrored.includes(name)), refused, mirrored };
}

/** Microjoules of an open zone, or `undefined` when the read failed, as it may now and then (EIO). */
export function readZone(file: number): bigint | undefined {
  try {
    const buffer = Buffer.alloc(32);
    const text = buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0)).trim();
    return /^\d+$/.test(text) ? BigInt(text) : undefined;
  } catch {
    return undefined;
  }
}

interface Candidate {
  readonly driver: string;
  readonly name: string;
  readonly part: 'cpu' | 'dram' | undefined;
  readonly path: string;
}

/** Sub-zones appear beside their package in the class folder and again inside it; the zone id tells them apart. */
function listZones(folder: string): readonly Candidate[] {
  const paths = new Map<string, string>();
  for (const top of listFolder(folder).filter((entry) => ZONE.test(entry))) {
    paths.set(top, join(folder, top));
    for (const child of listFolder(join(folder, top)).filter((entry) => ZONE.test(entry))) {
      if (!paths.has(child)) paths.set(child, join(folder, top, child));
    }
  }
  const labels = new Map([...paths].map(([id, path]) => [id, readText(join(path, 'name')) ?? '']));
  return [...paths].map(([id, path]) => {
    const [, driver = '', parent = ''] = ZONE.exec(id) ?? [];
    return { driver, path, ...nameZone(labels.get(id) ?? '', labels.get(`${driver}:${parent}`) ?? '') };
  });
}

function nameZone(label: string, parent: string): Pick<Candidate, 'name' | 'part'> {
  if (/^package-/.test(label)) return { name: `cpu-${label}`, part: 'cpu' };
  if (label === 'dram') return { name: /^package-/.test(parent) ? `dram-${parent}` : 'dram', part: 'dram' };
  return { name: label, part: undefined };
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
    const file = openSync(join(zone.path, 'energy_uj'), 'r');
    const range = readText(join(zone.path, 'max_energy_range_uj')) ?? '';
    return { ...zone, file, ...(/^[1-9]\d*$/.test(range) && { range: BigInt(range) }) };
  } catch (error) {
    return { ...zone, code: (error as NodeJS.ErrnoException).code ?? 'unknown' };
  }
}

/**
 * Package zones that show another zone's counter: Zen 1 and 2 have one package zone per die, all with the same value.
 *
 * Between two looks at A a true mirror B can only lie between them; counters of their own agree to the microjoule with
 * a probability of some 1e-6. A counter that stands at 0 proves nothing.
 */
function mirroredZones(zones: readonly PowercapZone[]): readonly string[] {
  const packages = zones.filter(({ part }) => part === 'cpu');
  const mirrored = packages.filter((zone, i) => packages.slice(0, i).some((earlier) => shows(earlier, zone)));
  return mirrored.map(({ name }) => name);
}

function shows(a: PowercapZone, b: PowercapZone): boolean {
  const [before, middle, after] = [readZone(a.file), readZone(b.file), readZone(a.file)];
  if (before === undefined || middle === undefined || after === undefined) return false;
  return before > 0n && before <= middle && middle <= after;
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}
