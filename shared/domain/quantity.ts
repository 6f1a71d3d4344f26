/** Physical quantities as people read them. */

/** SI prefixes, largest first. */
export const SI_PREFIXES = [
  { factor: 1e9, symbol: 'G' },
  { factor: 1e6, symbol: 'M' },
  { factor: 1e3, symbol: 'k' },
  { factor: 1, symbol: '' },
  { factor: 1e-3, symbol: 'm' },
  { factor: 1e-6, symbol: 'µ' },
] as const;

/** A quantity with an SI prefix and three significant digits, such as `1.83 kJ`; `unknown` for undefined or non-finite. */
export function formatQuantity(value: number | undefined, unit: string): string {
  if (value === undefined || !Number.isFinite(value)) return 'unknown';
  if (value === 0) return `0 ${unit}`;
  const prefix = prefixOf(Math.abs(value));
  return `${Number((value / prefix.factor).toPrecision(3))} ${prefix.symbol}${unit}`;
}

/** A duration such as `41 s`, `3 min 5 s` or `2 h 14 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A number of four significant digits, such as `3.198`; whole numbers below 10 million in full; `unknown` like above. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return 'unknown';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return String(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(2).replace('e+', 'e');
  return value.toPrecision(Math.max(4, Math.ceil(Math.log10(size))));
}

/** A value with its unit: joules and watts with an SI prefix, everything else as a plain number; `unknown` like above. */
export function formatMeasure(value: number | undefined, unit: string): string {
  if (takesPrefix(unit)) return formatQuantity(value, unit);
  const number = formatNumber(value);
  return number === 'unknown' || unit === '' ? number : `${number} ${unit}`;
}

/** Values of one column of a table, with the unit to write over them. */
export interface ColumnTexts {
  readonly unit: string;
  readonly texts: readonly string[];
}

/** A value and, where known, its standard uncertainty. */
export type UncertainValue = readonly [value: number | undefined, standardUncertainty?: number | undefined];

/**
 * Values in one unit that suits their median, with as many decimals as give the median four digits; `unknown` like above.
 *
 * A value of known uncertainty is written to the second digit of the uncertainty, such as `1.834 ± 0.021`.
 */
export function formatColumn(values: readonly UncertainValue[], unit: string): ColumnTexts {
  const sizes = values.map(([value = 0]) => Math.abs(value)).filter((size) => Number.isFinite(size) && size > 0);
  const median = sizes.sort((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? 0;
  const { factor, symbol } = takesPrefix(unit) && median > 0 ? prefixOf(median) : NO_PREFIX;
  const whole = values.every(([value = 0]) => Number.isInteger(value / factor));
  const decimals = whole ? 0 : Math.max(0, 3 - Math.floor(Math.log10(median / factor)));
  const texts = values.map(([value, uncertainty]) => {
    if (value === undefined || !Number.isFinite(value)) return 'unknown';
    return uncertainty === undefined
      ? cellText(value / factor, decimals)
      : formatUncertain(value / factor, uncertainty / factor);
  });
  return { unit: symbol + unit, texts };
}

/** A value and its standard uncertainty, both to the second digit of the uncertainty, such as `1.834 ± 0.021`. */
export function formatUncertain(value: number | undefined, standardUncertainty: number | undefined): string {
  const uncertain =
    standardUncertainty !== undefined && Number.isFinite(standardUncertainty) && standardUncertainty > 0;
  if (!uncertain || value === undefined || !Number.isFinite(value)) return formatNumber(value);
  const decimals = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(standardUncertainty))));
  const figure = value.toFixed(decimals);
  // A 0 that came from below is no less than 0.
  return `${Number(figure) === 0 ? figure.replace('-', '') : figure} ± ${standardUncertainty.toFixed(decimals)}`;
}

/** With the column's decimals, unless these would hide the value or be mostly zeros. */
function cellText(value: number, decimals: number): string {
  const size = Math.abs(value);
  const fits = decimals <= 6 && size < 1e7 && (value === 0 || size >= 10 ** (1 - decimals));
  return fits ? value.toFixed(decimals) : formatNumber(value);
}

const NO_PREFIX = { factor: 1, symbol: '' };

const prefixOf = (size: number): (typeof SI_PREFIXES)[number] =>
  SI_PREFIXES.find(({ factor }) => size >= factor * 0.9995) ?? SI_PREFIXES[SI_PREFIXES.length - 1]!;

/** True for units that begin with joule or watt: `J`, `J/token`, `W`, but not `Words`. */
const takesPrefix = (unit: string): boolean => /^[JW](?![A-Za-z])/.test(unit);
