/**
 * Log noisy expected hypervolume improvement of one more point, and its slope.
 *
 * Over draws of the front from the joint posterior (so that noisy, pending and unfinished points all count as uncertain),
 * the expectation over the new point is exact: given a draw, its objectives are independent normal variables, and the
 * expected improvement is a sum over boxes of products of one-dimensional expectations. With one objective this is noisy
 * expected improvement. Everything is kept as logarithms, so that slopes do not vanish far from the front.
 *
 * `m` objectives, `S` draws; all objectives are minimised and standardised. h is the improvement function of
 * `linalg/normal-distribution.ts`; an edge at distance z deviations above the mean bounds an expectation of h(z).
 *
 * Sources: Daulton, Balandat & Bakshy (2021), arXiv 2105.08195 (the noisy improvement); Yang et al. (2019), arXiv
 * 1904.12672 (the exact expectation over boxes); Ament et al. (2023), arXiv 2310.20708 (logarithms).
 */

import { logImprovement, type LogImprovement } from '../linalg/normal-distribution.js';
import { addTo } from '../linalg/vector.js';
import { conditionalSlope, predictGivenDraws, type ConditionedProcess } from '../surrogate/conditioned-process.js';
import type { FrontCells } from './front-cells.js';
import type { Acquisition } from './maximise.js';

export interface ImprovementModel {
  /** One process per objective, all with the same baseline and draws. */
  readonly objectives: readonly ConditionedProcess[];
  readonly cells: FrontCells;
}

/** Arrays that every evaluation writes anew; allocated once, since evaluations run by the thousand. */
interface Scratch {
  /** log h, and the two ratios of {@link LogImprovement}, at every edge. */
  readonly log: Float64Array;
  readonly slope: Float64Array;
  readonly density: Float64Array;
  /** Log expected improvement within every cell, in units of the deviations. */
  readonly volumes: Float64Array;
}

/** The acquisition of a model: log expected improvement at a point of features. */
export function logExpectedImprovement(model: ImprovementModel): Acquisition {
  const { objectives, cells } = model;
  const scratch: Scratch = {
    log: new Float64Array(cells.edges.length),
    slope: new Float64Array(cells.edges.length),
    density: new Float64Array(cells.edges.length),
    volumes: new Float64Array(cells.lower.length / cells.m),
  };
  return (x, gradient) => {
    const predictions = objectives.map((objective) => predictGivenDraws(objective, x, cells.draws));
    const means = predictions.map((prediction) => prediction.means);
    const deviations = predictions.map(({ conditionalVariance }) => Math.sqrt(conditionalVariance));
    fillEdges(cells, { means, deviations }, scratch);
    fillVolumes(cells, scratch);
    const total = logSumExp(scratch.volumes);
    if (gradient && total > -Infinity) {
      const slopes = improvementSlopes(cells, { scratch, total, deviations });
      objectives.forEach((objective, j) => addTo(gradient, conditionalSlope(objective, predictions[j]!, slopes[j]!)));
    }
    return total - Math.log(cells.draws) + deviations.reduce((sum, deviation) => sum + Math.log(deviation), 0);
  };
}

interface Moments {
  /** For each objective, one mean per draw. */
  readonly means: readonly Float64Array[];
  readonly deviations: readonly number[];
}

function fillEdges(
  { m, draws, edges, edgeStarts }: FrontCells,
  { means, deviations }: Moments,
  scratch: Scratch,
): void {
  const out: LogImprovement = { log: 0, slope: 0, densityRatio: 0 };
  for (let s = 0; s < draws; s++) {
    for (let j = 0; j < m; j++) {
      const mean = means[j]![s]!;
      const end = edgeStarts[s * m + j + 1]!;
      for (let i = edgeStarts[s * m + j]!; i < end; i++) {
        const edge = edges[i]!;
        if (edge === -Infinity) {
          scratch.log[i] = -Infinity;
          continue;
        }
        logImprovement((edge - mean) / deviations[j]!, out);
        scratch.log[i] = out.log;
        scratch.slope[i] = out.slope;
        scratch.density[i] = out.densityRatio;
      }
    }
  }
}

function fillVolumes({ m, lower, upper }: FrontCells, { log, volumes }: Scratch): void {
  for (let k = 0; k < volumes.length; k++) {
    let sum = 0;
    for (let at = k * m; at < k * m + m; at++) {
      const top = log[upper[at]!]!;
      const bottom = log[lower[at]!]!;
      sum += bottom === -Infinity ? top : top + Math.log1p(-Math.exp(Math.min(0, bottom - top)));
    }
    volumes[k] = sum;
  }
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
  readonly scratch: Scratch;
  readonly total: number;
  readonly deviations: readonly number[];
}

interface MutableSlope {
  readonly means: Float64Array;
  variance: number;
}

/** Slopes of the log improvement in each objective's means (one per draw) and shared variance. */
function improvementSlopes(cells: FrontCells, { scratch, total, deviations }: SlopeInput): MutableSlope[] {
  const { m, draws, lower, upper, cellStarts } = cells;
  const { log, slope, density, volumes } = scratch;
  const slopes = deviations.map((): MutableSlope => ({ means: new Float64Array(draws), variance: 0 }));
  for (let s = 0; s < draws; s++) {
    for (let k = cellStarts[s]!; k < cellStarts[s + 1]!; k++) {
      const weight = Math.exp(volumes[k]! - total);
      if (!(weight > 0)) continue;
      for (let j = 0; j < m; j++) {
        const [low, high] = [lower[k * m + j]!, upper[k * m + j]!];
        const ratio = Math.exp(log[low]! - log[high]!);
        const factor = weight / ((1 - ratio) * deviations[j]!);
        slopes[j]!.means[s]! -= factor * (slope[high]! - ratio * slope[low]!);
        slopes[j]!.variance += (factor * (density[high]! - ratio * density[low]!)) / (2 * deviations[j]!);
      }
    }
  }
  return slopes;
}
