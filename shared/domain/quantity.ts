/** Physical quantities as people read them. */

const PREFIXES = [
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
  const prefix = PREFIXES.find(({ factor }) => Math.abs(value) >= factor * 0.9995) ?? PREFIXES[PREFIXES.length - 1]!;
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
