/** Numbers and provenance as people read them in a report; the unknown is never a 0. */

import type { ParameterValue } from '../../shared/domain/configuration.js';
import type { Provenance } from '../../shared/domain/measurement.js';
import { formatColumn, type ColumnTexts } from '../../shared/domain/quantity.js';
import type { Value } from './report-data.js';

/** What each provenance means. */
export const PROVENANCE_WORDS: Readonly<Record<Provenance, string>> = {
  counter: 'measured by an energy counter',
  integrated: 'measured as power, integrated over time',
  'shared-estimate': 'a share of what a sensor measured, by processor time',
  model: 'modelled, not measured',
  simulated: 'simulated, not measured',
};

/** A column of values as texts with their standard uncertainty, gain included, in the same words as the terminal. */
export const columnTexts = (values: readonly (Value | undefined)[], unit: string): ColumnTexts =>
  formatColumn(
    values.map((value) => (value?.kind === 'known' ? [value.value, wholeUncertainty(value)] : [undefined])),
    unit,
  );

const wholeUncertainty = ({ uncertainty }: Extract<Value, { kind: 'known' }>): number | undefined =>
  uncertainty && Math.hypot(uncertainty.random, uncertainty.gain);

/** What ± means in every table of values, the terminal's and the report's. */
export const UNCERTAINTY_MEANING =
  '±: one standard uncertainty, the error common to all figures of a device (its gain) included.';

/** At most four significant digits, without a tail of zeros; whole numbers in full. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return String(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(4)));
  const { digits, exponent } = scientific(value);
  return `${digits}×10${exponent}`;
}

/** A power of ten as `10⁵`. */
export const powerText = (power: number): string => `10${scientific(power).exponent}`;

/** Digits before a power of ten, and its exponent as superscript. */
function scientific(value: number): { readonly digits: string; readonly exponent: string } {
  const [digits = '', exponent = ''] = value.toExponential(3).split('e');
  return { digits: String(Number(digits)), exponent: Array.from(exponent.replace('+', ''), superscript).join('') };
}

const superscript = (character: string): string => (character === '-' ? '⁻' : ('⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(character)] ?? ''));

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
