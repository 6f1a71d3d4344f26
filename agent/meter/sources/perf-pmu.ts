/** What the kernel says of its PMU `power`: which energies it counts, on which CPUs, in which unit. */

import { join } from 'node:path';

import { readCount, readText } from './sysfs.js';

export interface EnergyPmu {
  readonly type: number;
  /** One CPU per package or die. */
  readonly cpus: readonly number[];
  readonly events: readonly EnergyEvent[];
}

export interface EnergyEvent {
  /** Such as `energy-pkg`. */
  readonly name: string;
  readonly config: bigint;
  /** Microjoules of one count, in units of 2^-52. */
  readonly scale: bigint;
}

/** `undefined` where there is no such PMU or it says nothing sensible. */
export function readEnergyPmu(sysfsRoot: string, names: readonly string[]): EnergyPmu | undefined {
  const folder = join(sysfsRoot, 'bus/event_source/devices/power');
  const type = readCount(join(folder, 'type'));
  const cpus = parseCpuList(readText(join(folder, 'cpumask')));
  if (type === undefined || type > MOST_TYPE || cpus.length === 0) return undefined;
  const events = names.flatMap((name): readonly EnergyEvent[] => {
    const config = parseEvent(readText(join(folder, 'events', name)));
    const scale = parseScale(readText(join(folder, 'events', `${name}.scale`)));
    return config === undefined || scale === undefined ? [] : [{ name, config, scale }];
  });
  return { type: Number(type), cpus, events };
}

const MOST_TYPE = 0xffff_ffffn;
/** More than any machine has: a longer list is garbage. */
const MOST_CPUS = 8192;

/** CPUs as the kernel lists them: `0,18` or `0-3,8`; none when the text is anything else. */
export function parseCpuList(text: string | undefined): readonly number[] {
  if (text === undefined || !/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/.test(text)) return [];
  const cpus = text.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  });
  return cpus.length > MOST_CPUS ? [] : [...new Set(cpus)];
}

/** `event=0x02`, alone: another term would be in bits that are not known here. */
export function parseEvent(text: string | undefined): bigint | undefined {
  const code = /^event=(0x[0-9a-f]{1,8})$/.exec(text ?? '')?.[1];
  return code === undefined ? undefined : BigInt(code);
}

/** Joules of one count, such as `2.3283064365386962890625e-10` (2^-32), as microjoules in units of 2^-52. */
export function parseScale(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^\d{1,40}(\.\d{1,60})?(e[+-]?\d{1,3})?$/.test(text)) return undefined;
  const units = Number(text) * 1e6 * 2 ** SCALE_BITS;
  return units >= 1 && units <= MOST_SCALE ? BigInt(Math.round(units)) : undefined;
}

/** A count of more than a joule is no unit of an energy counter. */
const MOST_SCALE = 1e6 * 2 ** 52;
const SCALE_BITS = 52;

export const countToMicrojoules = (count: bigint, scale: bigint): bigint => (count * scale) >> BigInt(SCALE_BITS);
