/** Quantities as people write them, such as `50 kJ`, `90 min` or `16 GiB`, each to one canonical unit. */

/** Factor of each unit to the canonical one of its kind. */
const UNITS = {
  /** Canonical: joules. */
  energy: { J: 1, kJ: 1e3, MJ: 1e6, GJ: 1e9, Wh: 3600, kWh: 3.6e6, MWh: 3.6e9 },
  /** Canonical: seconds. */
  duration: { s: 1, min: 60, h: 3600, d: 86_400 },
  /** Canonical: bytes. */
  bytes: { MB: 1e6, GB: 1e9, TB: 1e12, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
} as const;

export type QuantityKind = keyof typeof UNITS;

/** Pattern of a quantity with its unit; the number is written without sign. */
export const quantityPattern = (kind: QuantityKind): RegExp =>
  new RegExp(String.raw`^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?) ?(${unitsOf(kind).join('|')})$`);

/** Units that a kind of quantity may be written in. */
export const unitsOf = (kind: QuantityKind): readonly string[] => Object.keys(UNITS[kind]);

/** What a text that is no such quantity must be, as far as can be told: a clause that begins with "must". */
export function quantityDemand(text: string, kind: QuantityKind): string | undefined {
  if (quantityPattern(kind).test(text.replace(/^-\s*/, ''))) return 'must not be negative';
  const [, unit] = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)? ?([A-Za-zµ]+)$/.exec(text) ?? [];
  if (unit === undefined || unitsOf(kind).includes(unit)) return undefined;
  return `must be in one of the units ${unitsOf(kind).join(', ')}`;
}

/** The quantity in its canonical unit (joules, seconds, bytes); `undefined` when the text is none. */
export function parseQuantity(text: string, kind: QuantityKind): number | undefined {
  const [, digits, unit] = quantityPattern(kind).exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const factors: Readonly<Record<string, number>> = UNITS[kind];
  const value = Number(digits) * (factors[unit] ?? NaN);
  return Number.isFinite(value) ? value : undefined;
}
