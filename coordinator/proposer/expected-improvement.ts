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
  /** h at every edge as a share of the largest of its draw and objective; may underflow far from the front. */
  readonly height: Float64Array;
  /** Share of every cell in the expected improvement of its draw. */
  readonly shares: Float64Array;
  /** Log expected improvement of every draw, in units of the deviations. */
  readonly totals: Float64Array;
}

/** Sums of relative volumes below this may have lost cells to underflow, and are taken in logarithms instead. */
const LEAST_SUM = 1e-200;
/** Cells with a smaller share of the whole do not show in a slope. */
const LEAST_WEIGHT = 1e-12;

/** The acquisition of a model: log expected improvement at a point of features. */
export function logExpectedImprovement(model: ImprovementModel): Acquisition {
  const { objectives, cells } = model;
  const scratch: Scratch = {
    log: new Float64Array(cells.edges.length),
    slope: new Float64Array(cells.edges.length),
    density: new Float64Array(cells.edges.length),
    height: new Float64Array(cells.edges.length),
    shares: new Float64Array(cells.lower.length / cells.m),
    totals: new Float64Array(cells.draws),
  };
  return (x, gradient) => {
    const predictions = objectives.map((objective) => predictGivenDraws(objective, x, cells.draws));
    const means = predictions.map((prediction) => prediction.means);
    const deviations = predictions.map(({ conditionalVariance }) => Math.sqrt(conditionalVariance));
    for (let s = 0; s < cells.draws; s++) {
      const peaks = fillEdges(cells, { s, means, deviations }, scratch);
      const sum = fillShares(cells, s, scratch);
      scratch.totals[s] = sum > LEAST_SUM ? peaks + Math.log(sum) : fillSharesByLog(cells, s, scratch);
    }
    const total = logSumExp(scratch.totals);
    if (gradient && total > -Infinity) {
      const slopes = improvementSlopes(cells, { scratch, total, deviations });
      objectives.forEach((objective, j) => addTo(gradient, conditionalSlope(objective, predictions[j]!, slopes[j]!)));
    }
    return total - Math.log(cells.draws) + deviations.reduce((sum, deviation) => sum + Math.log(deviation), 0);
  };
}

interface Moments {
  readonly s: number;
  /** For each objective, one mean per draw. */
  readonly means: readonly Float64Array[];
  readonly deviations: readonly number[];
}

/** Fills the edges of draw `s`; returns the sum of the largest log h of each objective, against which heights count. */
function fillEdges({ m, edges, edgeStarts }: FrontCells, { s, means, deviations }: Moments, scratch: Scratch): number {
  const { log, slope, density, height } = scratch;
  const out: LogImprovement = { log: 0, slope: 0, densityRatio: 0 };
  let peaks = 0;
  for (let j = 0; j < m; j++) {
    const [mean, deviation] = [means[j]![s]!, deviations[j]!];
    const [start, end] = [edgeStarts[s * m + j]!, edgeStarts[s * m + j + 1]!];
    let peak = -Infinity;
    for (let i = start; i < end; i++) {
      const edge = edges[i]!;
      log[i] = -Infinity;
      if (edge === -Infinity) continue;
      logImprovement((edge - mean) / deviation, out);
      log[i] = out.log;
      slope[i] = out.slope;
      density[i] = out.densityRatio;
      if (out.log > peak) peak = out.log;
    }
    for (let i = start; i < end; i++) height[i] = Math.exp(log[i]! - peak);
    if (end > start) peaks += peak;
  }
  return peaks;
}

/** Fills the shares of the cells of draw `s`; returns the sum of their volumes in relative heights, 0 if it underflows. */
function fillShares({ m, lower, upper, cellStarts }: FrontCells, s: number, { height, shares }: Scratch): number {
  const [start, end] = [cellStarts[s]!, cellStarts[s + 1]!];
  let sum = 0;
  for (let k = start; k < end; k++) {
    let volume = 1;
    for (let at = k * m; at < k * m + m; at++) volume *= height[upper[at]!]! - height[lower[at]!]!;
    shares[k] = volume;
    sum += volume;
  }
  for (let k = start; k < end; k++) shares[k]! /= sum;
  return sum;
}

/** The same far from the front, in logarithms throughout; returns the log of the sum of the volumes. */
function fillSharesByLog({ m, lower, upper, cellStarts }: FrontCells, s: number, { log, shares }: Scratch): number {
  const volumes = shares.subarray(cellStarts[s], cellStarts[s + 1]);
  for (let k = 0; k < volumes.length; k++) {
    let sum = 0;
    for (let i = 0, at = (cellStarts[s]! + k) * m; i < m; i++, at++) {
      const top = log[upper[at]!]!;
      const bottom = log[lower[at]!]!;
      sum += bottom === -Infinity ? top : top + Math.log1p(-Math.exp(Math.min(0, bottom - top)));
    }
    volumes[k] = sum;
  }
  const total = logSumExp(volumes);
  for (let k = 0; k < volumes.length; k++) volumes[k] = total > -Infinity ? Math.exp(volumes[k]! - total) : 0;
  return total;
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
  const { log, slope, density, shares, totals } = scratch;
  const slopes = deviations.map((): MutableSlope => ({ means: new Float64Array(draws), variance: 0 }));
  for (let s = 0; s < draws; s++) {
    const ofDraw = Math.exp(totals[s]! - total);
    for (let k = cellStarts[s]!; k < cellStarts[s + 1]!; k++) {
      const weight = ofDraw * shares[k]!;
      if (!(weight > LEAST_WEIGHT)) continue;
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
