/** What repeated runs of one command tell: mean, spread and the 95 % interval of the mean. */

/** Of figures that were drawn alike; what is common to all of them, such as a sensor's gain, is no part of the spread. */
export interface RunStatistics {
  readonly count: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  /** Sample standard deviation; absent for one figure. */
  readonly standardDeviation?: number;
  /** Half the width of the 95 % interval of the mean, by Student's t; absent for one figure. */
  readonly halfWidth?: number;
}

/** `undefined` for none. */
export function runStatistics(values: readonly number[]): RunStatistics | undefined {
  const count = values.length;
  if (count === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const core = { count, mean, least: Math.min(...values), most: Math.max(...values) };
  if (count === 1) return core;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardDeviation = Math.sqrt(squares / (count - 1));
  const halfWidth = (studentQuantile975(count - 1) * standardDeviation) / Math.sqrt(count);
  return { ...core, standardDeviation, halfWidth };
}

/** Quantile 0.975 of Student's t for 1 to 4 degrees of freedom. Abramowitz & Stegun (1964), table 26.10. */
const FEW_FREEDOM = [12.706, 4.303, 3.182, 2.776];
/** Quantile 0.975 of the normal distribution. */
const NORMAL = 1.959963985;

/** Quantile 0.975 of Student's t, to 0.1 %. Source: Abramowitz & Stegun (1964), 26.7.5. */
export function studentQuantile975(freedom: number): number {
  const z = NORMAL;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ];
  return FEW_FREEDOM[freedom - 1] ?? terms.reduce((quantile, term, i) => quantile + term / freedom ** (i + 1), z);
}
