/**
 * Log noisy expected hypervolume improvement of one more point, and its slope.
 *
 * Over draws of the front from the joint posterior (so that noisy, pending and unfinished points all count as uncertain),
 * the expectation over the new point is exact: given a draw, its objectives are independent normal variables, and the
 * expected improvement is a sum over boxes of products of one-dimensional expectations. With one objective this is noisy
 * expected improvement. Everything is kept as logarithms, so that slopes do not vanish far from the front.
 *
 * `m` objectives, `S` draws; all objectives are minimised and standardised.
 *
 * Sources: Daulton, Balandat & Bakshy (2021), arXiv 2105.08195 (the noisy improvement); Yang et al. (2019), arXiv
 * 1904.12672 (the exact expectation over boxes); Ament et al. (2023), arXiv 2310.20708 (logarithms).
 */

import { logImprovement, type LogImprovement } from '../linalg/normal-distribution.js';
import { addTo } from '../linalg/vector.js';
import { conditionalSlope, predictGivenDraws, type ConditionedProcess } from '../surrogate/conditioned-process.js';
import type { SampleCells } from './sample-cells.js';

export interface ImprovementModel {
  /** One process per objective, all with the same baseline and number of draws. */
  readonly objectives: readonly ConditionedProcess[];
  /** One set of cells per draw. */
  readonly cells: readonly SampleCells[];
}

/** log h and its ratios at every edge of one objective's cells in one draw. */
interface EdgeTable {
  readonly log: Float64Array;
  readonly slope: Float64Array;
  readonly density: Float64Array;
}

/**
 * Log expected improvement at a point of features.
 *
 * @param gradient - where given, the slope in the features is added to it.
 */
export function logExpectedImprovement(model: ImprovementModel, x: Float64Array, gradient?: Float64Array): number {
  const { objectives, cells } = model;
  const draws = cells.length;
  const predictions = objectives.map((objective) => predictGivenDraws(objective, x, draws));
  const deviations = predictions.map(({ conditionalVariance }) => Math.sqrt(conditionalVariance));
  const tables = cells.map((sample, s) =>
    sample.edges.map((edges, j) => edgeTable(edges, predictions[j]!.means[s]!, deviations[j]!)),
  );
  const volumes = cells.map((sample, s) => logVolumes(sample, tables[s]!));
  const perDraw = Float64Array.from(volumes, logSumExp);
  const total = logSumExp(perDraw);
  if (gradient && total > -Infinity) {
    const slopes = improvementSlopes({ cells, tables, volumes, total, deviations });
    objectives.forEach((objective, j) => addTo(gradient, conditionalSlope(objective, predictions[j]!, slopes[j]!)));
  }
  return total - Math.log(draws) + deviations.reduce((sum, deviation) => sum + Math.log(deviation), 0);
}

function edgeTable(edges: Float64Array, mean: number, deviation: number): EdgeTable {
  const table = {
    log: new Float64Array(edges.length),
    slope: new Float64Array(edges.length),
    density: new Float64Array(edges.length),
  };
  const out: LogImprovement = { log: 0, slope: 0, densityRatio: 0 };
  for (let i = 0; i < edges.length; i++) {
    if (edges[i] === -Infinity) {
      table.log[i] = -Infinity;
      continue;
    }
    logImprovement((edges[i]! - mean) / deviation, out);
    table.log[i] = out.log;
    table.slope[i] = out.slope;
    table.density[i] = out.densityRatio;
  }
  return table;
}

/** Log of the expected improvement within each cell, in units of the deviations. */
function logVolumes({ count, lower, upper }: SampleCells, tables: readonly EdgeTable[]): Float64Array {
  const m = tables.length;
  const volumes = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    let sum = 0;
    for (let j = 0; j < m; j++) {
      const { log } = tables[j]!;
      const top = log[upper[k * m + j]!]!;
      sum += top + Math.log1p(-Math.exp(Math.min(0, log[lower[k * m + j]!]! - top)));
    }
    volumes[k] = sum;
  }
  return volumes;
}

function logSumExp(values: Float64Array): number {
  let largest = -Infinity;
  for (const value of values) if (value > largest) largest = value;
  if (largest === -Infinity) return -Infinity;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}

interface SlopeInput {
  readonly cells: readonly SampleCells[];
  readonly tables: readonly (readonly EdgeTable[])[];
  readonly volumes: readonly Float64Array[];
  readonly total: number;
  readonly deviations: readonly number[];
}

interface MutableSlope {
  readonly means: Float64Array;
  variance: number;
}

/** Slopes of the log improvement in each objective's means (one per draw) and shared variance. */
function improvementSlopes({ cells, tables, volumes, total, deviations }: SlopeInput): MutableSlope[] {
  const m = deviations.length;
  const slopes = deviations.map((): MutableSlope => ({ means: new Float64Array(cells.length), variance: 0 }));
  cells.forEach(({ count, lower, upper }, s) => {
    for (let k = 0; k < count; k++) {
      const weight = Math.exp(volumes[s]![k]! - total);
      if (!(weight > 0)) continue;
      for (let j = 0; j < m; j++) {
        const { log, slope, density } = tables[s]![j]!;
        const [low, high] = [lower[k * m + j]!, upper[k * m + j]!];
        const ratio = Math.exp(log[low]! - log[high]!);
        const deviation = deviations[j]!;
        slopes[j]!.means[s]! -= (weight * (slope[high]! - ratio * slope[low]!)) / ((1 - ratio) * deviation);
        slopes[j]!.variance +=
          (weight * (density[high]! - ratio * density[low]!)) / ((1 - ratio) * 2 * deviation * deviation);
      }
    }
  });
  return slopes;
}
