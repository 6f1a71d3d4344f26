/** What repeated runs of one command tell: mean, spread and the 95 % interval of the mean. */

import { studentQuantile } from '../shared/domain/student-t.js';

/** A figure of one run with its own standard uncertainty, but for what is common to all runs, such as a sensor's gain. */
export interface RunFigure {
  readonly value: number;
  readonly standard: number;
}

/** Of figures that were drawn alike; what is common to all of them, such as a sensor's gain, is no part of the spread. */
export interface RunStatistics {
  readonly count: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  /** Sample standard deviation; absent for one figure. */
  readonly standardDeviation?: number;
  /**
   * Half the width of the 95 % interval of the mean, by Student's t, and never less than the figures' own uncertainties
   * make it: runs that a coarse sensor shows alike are not known exactly. Absent for one figure.
   */
  readonly halfWidth?: number;
}

/** `undefined` for none. */
export function runStatistics(figures: readonly RunFigure[]): RunStatistics | undefined {
  const values = figures.map(({ value }) => value);
  const count = values.length;
  if (count === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const core = { count, mean, least: Math.min(...values), most: Math.max(...values) };
  if (count === 1) return core;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardDeviation = Math.sqrt(squares / (count - 1));
  const seen = (studentQuantile(0.975, count - 1) * standardDeviation) / Math.sqrt(count);
  return { ...core, standardDeviation, halfWidth: Math.max(seen, ownHalfWidth(figures)) };
}

/** Half the width of the 95 % interval of the mean that the figures' own uncertainties alone leave. */
export const ownHalfWidth = (figures: readonly RunFigure[]): number =>
  (NORMAL_95 * Math.hypot(...figures.map(({ standard }) => standard))) / figures.length;

/** Two-sided 95 % of a normal distribution, in standard deviations. */
export const NORMAL_95 = 1.96;
