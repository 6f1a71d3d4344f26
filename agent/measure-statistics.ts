/** What repeated runs of one command tell: mean, spread and the 95 % interval of the mean. */

import { studentQuantile } from '../shared/domain/student-t.js';

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
  const halfWidth = (studentQuantile(0.975, count - 1) * standardDeviation) / Math.sqrt(count);
  return { ...core, standardDeviation, halfWidth };
}
