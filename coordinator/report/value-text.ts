/** Numbers and provenance as people read them in a report: one prefix per column, never a 0 for the unknown. */

import type { ParameterValue } from '../../shared/domain/configuration.js';
import type { Provenance } from '../../shared/domain/measurement.js';
import type { Value } from './report-data.js';

/** What each provenance means. */
export const PROVENANCE_WORDS: Readonly<Record<Provenance, string>> = {
  counter: 'measured by an energy counter',
  integrated: 'measured as power, integrated over time',
  'shared-estimate': 'estimated share of a sensor that others used too',
  model: 'modelled, not measured',
  simulated: 'simulated, not measured',
};

/** How the numbers of one column or axis are written. */
export interface ColumnFormat {
  /** Unit with its prefix, such as `kJ`. */
  readonly unit: string;
  /** What values are divided by. */
  readonly factor: number;
  readonly text: (value: number) => string;
}

const PREFIXES = [
  { factor: 1e9, symbol: 'G' },
  { factor: 1e6, symbol: 'M' },
  { factor: 1e3, symbol: 'k' },
  { factor: 1, symbol: '' },
  { factor: 1e-3, symbol: 'm' },
  { factor: 1e-6, symbol: 'µ' },
  { factor: 1e-9, symbol: 'n' },
] as const;

/** Units that take SI prefixes; others, such as nats or %, are written as they are. */
const PREFIXABLE = /^(J|W|Wh|s)(\/|$)/;

/** Beyond this spread one number of decimals cannot serve all values. */
const WIDE_SPREAD = 1000;

/** Chooses prefix and decimals for numbers that will stand below each other. */
export function columnFormat(values: readonly number[], unit: string): ColumnFormat {
  const sizes = values.map(Math.abs).filter((size) => size > 0 && Number.isFinite(size));
  sizes.sort((a, b) => a - b);
  const spread = (sizes.at(-1) ?? 1) / (sizes[0] ?? 1);
  const typical = (spread > WIDE_SPREAD ? sizes[Math.floor(sizes.length / 2)] : sizes.at(-1)) ?? 1;
  const prefix = PREFIXABLE.test(unit) ? PREFIXES.find(({ factor }) => typical >= factor) : undefined;
  const factor = prefix?.factor ?? 1;
  const largest = (sizes.at(-1) ?? 1) / factor;
  const decimals = Math.min(8, Math.max(0, 3 - Math.floor(Math.log10(largest))));
  return {
    unit: `${prefix?.symbol ?? ''}${unit}`,
    factor,
    text: (value) => (spread > WIDE_SPREAD ? shortNumber(value / factor) : (value / factor).toFixed(decimals)),
  };
}

/** At most four significant digits, without a tail of zeros; whole numbers in full. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return String(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(4)));
  const { digits, exponent } = scientific(value);
  return `${digits}×10${exponent}`;
}

/** For numbers without a prefix, such as hypervolumes: a power of ten is taken out where they are large or small. */
export function powerFormat(values: readonly number[]): ColumnFormat {
  const largest = Math.max(0, ...values.map(Math.abs));
  if (largest === 0 || (largest >= 1e-2 && largest < 1e4)) return { unit: '', factor: 1, text: shortNumber };
  const factor = 10 ** Math.floor(Math.log10(largest));
  return { unit: `10${scientific(factor).exponent}`, factor, text: (value) => shortNumber(value / factor) };
}

/** Digits before a power of ten, and its exponent as superscript. */
function scientific(value: number): { readonly digits: string; readonly exponent: string } {
  const [digits = '', exponent = ''] = value.toExponential(3).split('e');
  return { digits: String(Number(digits)), exponent: Array.from(exponent.replace('+', ''), superscript).join('') };
}

const superscript = (character: string): string => (character === '-' ? '⁻' : ('⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(character)] ?? ''));

/** The known numbers among values. */
export const knownValues = (values: readonly (Value | undefined)[]): number[] =>
  values.flatMap((value) => (value?.kind === 'known' ? [value.value] : []));

/** A value with its random standard uncertainty, in the column's format; `unknown` without one. */
export function valueText(value: Value | undefined, format: ColumnFormat): string {
  if (value?.kind !== 'known') return 'unknown';
  const random = value.uncertainty?.random;
  return random === undefined || random === 0
    ? format.text(value.value)
    : `${format.text(value.value)} ± ${twoDigits(random / format.factor)}`;
}

/** A relative quantity such as `1.7 %`. */
export const percent = (fraction: number): string => `${Number((100 * fraction).toPrecision(2))}\u00a0%`;

/** A relative change such as `−63 %` or `+4.2 %`. */
export const change = (ratio: number): string =>
  `${ratio < 1 ? '−' : '+'}${Number((100 * Math.abs(ratio - 1)).toPrecision(2))}\u00a0%`;

/** A parameter's value; absent parameters are inactive. */
export const parameterText = (value: ParameterValue | undefined): string =>
  value === undefined ? '–' : String(typeof value === 'number' ? Number(value.toPrecision(4)) : value);

/** An instant as `2026-08-21 09:14 UTC`. */
export const instantText = (unixMilliseconds: number): string =>
  `${new Date(unixMilliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** A count with its noun. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;

const twoDigits = (value: number): string => String(Number(value.toPrecision(2)));
