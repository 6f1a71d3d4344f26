/** Axes with round ticks on linear and logarithmic scales, in the column's prefix. */

import { SI_PREFIXES } from '../../shared/domain/quantity.js';

import { powerText, shortNumber } from './value-text.js';

/** What ticks are divided by, and the unit that goes with it. */
export interface AxisFormat {
  readonly unit: string;
  readonly factor: number;
}

/** Whole numbers and ratios. */
export const PLAIN: AxisFormat = { unit: '', factor: 1 };

/** Joules with the prefix that suits their median, as tables do; other units as they are. */
export function unitFormat(values: readonly number[], unit: string): AxisFormat {
  if (!/^J(\/|$)/.test(unit)) return { unit, factor: 1 };
  const sizes = values.map(Math.abs).filter((size) => size > 0 && Number.isFinite(size));
  const median = sizes.sort((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? 1;
  const { factor, symbol } = SI_PREFIXES.find((prefix) => median >= prefix.factor) ?? SI_PREFIXES[5];
  return { unit: `${symbol}${unit}`, factor };
}

/** For numbers without a prefix, such as hypervolumes: a power of ten is taken out where they are large or small. */
export function powerFormat(values: readonly number[]): AxisFormat {
  const largest = Math.max(0, ...values.map(Math.abs));
  if (largest === 0 || (largest >= 1e-2 && largest < 1e4)) return PLAIN;
  const factor = 10 ** Math.floor(Math.log10(largest));
  return { unit: powerText(factor), factor };
}

export interface AxisWish {
  readonly name: string;
  readonly format: AxisFormat;
  readonly scale: 'linear' | 'log';
  /** Everything to be shown, in user units. */
  readonly values: readonly number[];
  readonly direction: 'x' | 'y';
  /** Where a linear axis begins; absent: a little below the least value. */
  readonly from?: number;
}

export interface Axis {
  readonly type: 'linear' | 'log';
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  readonly text: (tick: number) => string;
  readonly label: string;
}

/** Options for an axis of a chart whose data stay in user units. */
export function chartAxis({ name, format, scale, values, direction, from }: AxisWish): Axis {
  const finite = values.filter(Number.isFinite);
  const log = scale === 'log' && finite.length > 0 && finite.every((value) => value > 0);
  const [low, high] = log ? logDomain(finite) : linearDomain(finite);
  const domain = [from ?? low, high] as const;
  const scaled: readonly [number, number] = [domain[0] / format.factor, domain[1] / format.factor];
  return {
    type: log ? 'log' : 'linear',
    domain,
    ticks: (log ? logTicks(scaled) : linearTicks(scaled, direction === 'x' ? 6 : 5)).map(
      (tick) => tick * format.factor,
    ),
    text: (tick) => shortNumber(tick / format.factor),
    label: format.unit === '' ? name : `${name} (${format.unit})`,
  };
}

/** Place of a value on the axis, 0 to 1. */
export function fractionAlong({ type, domain }: Axis, value: number): number {
  const [low, high] = type === 'log' ? (domain.map(Math.log) as [number, number]) : domain;
  return ((type === 'log' ? Math.log(value) : value) - low) / (high - low);
}

/** Room around the data, as a part of their spread. */
const MARGIN = 0.07;

function linearDomain(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) * MARGIN || Math.abs(high) * MARGIN || 1;
  return [low - room, high + room];
}

function logDomain(values: readonly number[]): [number, number] {
  const [low, high] = linearDomain(values.map(Math.log));
  return [Math.exp(low), Math.exp(high)];
}

/** Steps of 1, 2 or 5 times a power of ten, at most half as many again as `count`. */
function linearTicks([low, high]: readonly [number, number], count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((multiple) => multiple * power >= 0.7 * rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** The coarsest choice of ticks per decade that gives three of them, else linear steps. */
function logTicks(domain: readonly [number, number]): number[] {
  const [low, high] = domain;
  const decades = Array.from({ length: 40 }, (_, i) => i - 20);
  for (const multiples of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]]) {
    const ticks = decades.flatMap((decade) => multiples.map((multiple) => Number(`${multiple}e${decade}`)));
    const inside = ticks.filter((tick) => tick >= low && tick <= high);
    if (inside.length >= 3) return inside;
  }
  return linearTicks(domain, 6);
}
