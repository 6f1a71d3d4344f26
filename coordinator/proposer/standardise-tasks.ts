/** Brings the values of each task to mean 0 and variance about 1, with care where a task has few. */

import { drawInOutliers } from './objective-scale.js';

/** The way between a task's own unit and the standardised one. */
export interface TaskUnit {
  readonly shift: number;
  readonly scale: number;
}

/** Observations that the spread of all tasks together counts for in the spread of each. */
const POOLED_WEIGHT = 4;

export interface StandardisedTasks {
  /** One per value. */
  readonly y: Float64Array;
  /** One per task; a task without values has the centre and spread of the others. */
  readonly units: readonly TaskUnit[];
}

/**
 * Standardises each task on its own.
 *
 * A task's spread is drawn towards the pooled one, in logarithms, as if by {@link POOLED_WEIGHT} more observations, but
 * not below half its own.
 *
 * @param tasks - task of each value, counting from 0.
 */
export function standardiseTasks(values: Float64Array, tasks: Int32Array, count: number): StandardisedTasks {
  const groups = Array.from({ length: count }, (_, task) =>
    drawInOutliers(values.filter((_v, i) => tasks[i] === task)),
  );
  const spreads = groups.map(spreadOf);
  const weights = groups.map((group, t) => (spreads[t]! > 0 ? group.length - 1 : 0));
  const pooledWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const logs = spreads.map((spread) => (spread > 0 ? Math.log(spread) : 0));
  const pooled = logs.reduce((sum, log, t) => sum + weights[t]! * log, 0) / (pooledWeight || 1);
  const known = groups.filter((group) => group.length > 0).map(meanOf);
  const units = groups.map((group, t): TaskUnit => {
    const borrowed = weights[t]! === pooledWeight ? 0 : POOLED_WEIGHT;
    const log = (weights[t]! * logs[t]! + borrowed * pooled) / (weights[t]! + borrowed || 1);
    return {
      shift: meanOf(group.length > 0 ? group : Float64Array.from(known)),
      scale: Math.max(Math.exp(log), spreads[t]! / 2),
    };
  });
  const next = new Int32Array(count);
  const y = Float64Array.from(tasks, (t) => (groups[t]![next[t]!++]! - units[t]!.shift) / units[t]!.scale);
  return { y, units };
}

/** The mean, also of numbers whose sum would overflow. */
const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value / values.length, 0);

/** Standard deviation, also of numbers whose squares would not be numbers; 0 for fewer than two. */
function spreadOf(values: Float64Array): number {
  if (values.length < 2) return 0;
  const centre = meanOf(values);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value - centre)), 0);
  if (!(largest > 0) || !Number.isFinite(largest)) return 0;
  const squares = values.reduce((sum, value) => sum + ((value - centre) / largest) ** 2, 0);
  return largest * Math.sqrt(squares / (values.length - 1));
}
