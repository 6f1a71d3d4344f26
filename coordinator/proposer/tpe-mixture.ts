/**
 * Densities over some coordinates of the unit cube as mixtures: one kernel around each observed point, and a broad one
 * over everything.
 *
 * Numeric coordinates have normal kernels cut off at 0 and 1, on discrete ones their mass over the cell of each level;
 * their widths follow the gaps between neighbours. Sources: Bergstra et al. (2011), "Algorithms for Hyper-Parameter
 * Optimization", NeurIPS 24, section 4; bounds of the widths and the rule at the ends as in Optuna 5.
 */

import type { Random } from '../../shared/runtime/random.js';
import { cumulative, quantile } from '../linalg/normal-distribution.js';
import type { Axis } from '../space/axis.js';

/** A density over the coordinates that a mixture was made for. */
export interface Mixture {
  /** One coordinate for each axis. */
  sample(random: Random): Float64Array;
  /** log density; finite everywhere. */
  logDensity(u: Float64Array): number;
}

/** Kernels of one coordinate. */
interface CoordinateKernels {
  /** A draw from kernel `k`. */
  draw(k: number, random: Random): number;
  /** Adds the log density of every kernel at `u`. */
  addLogDensities(u: number, sums: Float64Array): void;
}

/** Weight of the broad kernel, where observed points have at most 1. */
const PRIOR_WEIGHT = 1;
/** The narrowest kernel is this share of the coordinate, wider with few points. */
const NARROWEST = 1 / 100;
/** A cell narrower than this share of a kernel's width counts as narrow. */
const NARROW_CELL = 0.05;
const LOG_SQRT_2_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * The mixture of observed points.
 *
 * @param axes - the d coordinates.
 * @param X - n x d, row-major, in [0, 1].
 * @param weights - length n, positive.
 */
export function mixtureOf(axes: readonly Axis[], X: Float64Array, weights: Float64Array): Mixture {
  const d = axes.length;
  const coordinates = axes.map((axis, j) =>
    kernelsOf(
      axis,
      weights.map((_, i) => X[i * d + j]!),
    ),
  );
  const all = Float64Array.from([...weights, PRIOR_WEIGHT]);
  const total = all.reduce((sum, weight) => sum + weight, 0);
  const logWeights = all.map((weight) => Math.log(weight / total));
  const logDensity = (u: Float64Array): number => {
    const sums = logWeights.slice();
    coordinates.forEach(({ addLogDensities }, j) => addLogDensities(u[j]!, sums));
    return logSumExp(sums);
  };
  return {
    sample(random) {
      let rest = random.uniform() * total;
      const k = all.findIndex((weight) => (rest -= weight) < 0);
      return Float64Array.from(coordinates, ({ draw }) => draw(k < 0 ? all.length - 1 : k, random));
    },
    logDensity: d === 1 && axes[0]!.levels < Infinity ? remembered(logDensity) : logDensity,
  };
}

/** Draws of one discrete coordinate are mostly equal to earlier ones. */
function remembered(logDensity: (u: Float64Array) => number): (u: Float64Array) => number {
  const known = new Map<number, number>();
  return (u) => {
    const value = known.get(u[0]!) ?? logDensity(u);
    known.set(u[0]!, value);
    return value;
  };
}

function logSumExp(values: Float64Array): number {
  let largest = -Infinity;
  for (let k = 0; k < values.length; k++) largest = Math.max(largest, values[k]!);
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += Math.exp(values[k]! - largest);
  return largest + Math.log(sum);
}

/** Kernels around the points of a coordinate, then the broad one. */
function kernelsOf(axis: Axis, points: Float64Array): CoordinateKernels {
  if (axis.parameter.kind === 'categorical') return categoricalKernels(axis, points);
  const centres = Float64Array.from([...points, 0.5]);
  const widths = Float64Array.from([...kernelWidths(points), 1]);
  return axis.levels === Infinity ? continuousKernels(centres, widths) : discreteKernels(axis, centres, widths);
}

/** The larger gap to a neighbour; the outermost points look inwards only. */
function kernelWidths(points: Float64Array): Float64Array {
  const n = points.length;
  const narrowest = Math.max(NARROWEST, 1 / (n + 2));
  const order = Array.from(points.keys()).sort((a, b) => points[a]! - points[b]!);
  const widths = new Float64Array(n);
  order.forEach((i, rank) => {
    const before = rank > 0 ? points[order[rank - 1]!]! : n > 1 ? points[i]! : 0;
    const after = rank < n - 1 ? points[order[rank + 1]!]! : n > 1 ? points[i]! : 1;
    widths[i] = Math.min(1, Math.max(narrowest, points[i]! - before, after - points[i]!));
  });
  return widths;
}

function continuousKernels(centres: Float64Array, widths: Float64Array): CoordinateKernels {
  const logHeights = centres.map((mu, k) => -Math.log(massWithin(mu, widths[k]!, [0, 1]) * widths[k]!) - LOG_SQRT_2_PI);
  return {
    draw: (k, random) => drawWithin(centres[k]!, widths[k]!, random),
    addLogDensities(u, sums) {
      for (let k = 0; k < centres.length; k++) {
        const z = (u - centres[k]!) / widths[k]!;
        sums[k]! += logHeights[k]! - 0.5 * z * z;
      }
    },
  };
}

function discreteKernels(axis: Axis, centres: Float64Array, widths: Float64Array): CoordinateKernels {
  const whole = centres.map((mu, k) => massWithin(mu, widths[k]!, [0, 1]));
  return {
    draw: (k, random) => axis.encode(axis.decode(drawWithin(centres[k]!, widths[k]!, random))),
    addLogDensities(u, sums) {
      const cell = cellOf(axis, axis.levelOf(axis.decode(u)));
      for (let k = 0; k < sums.length; k++)
        sums[k]! += logMassWithin(centres[k]!, widths[k]!, cell) - Math.log(whole[k]!);
    },
  };
}

/** Over a narrow cell, the density in its middle times its width: relative error (cell / width)² / 24 at the centre. */
function logMassWithin(mu: number, sigma: number, [low, high]: readonly [number, number]): number {
  const share = (high - low) / sigma;
  if (share > NARROW_CELL) return Math.log(Math.max(Number.MIN_VALUE, massWithin(mu, sigma, [low, high])));
  const z = ((low + high) / 2 - mu) / sigma;
  return Math.log(share) - LOG_SQRT_2_PI - 0.5 * z * z;
}

/** The stretch of the coordinate that belongs to a level: half way to its neighbours. */
function cellOf(axis: Axis, level: number): readonly [number, number] {
  const place = (index: number): number => axis.encode(axis.level(index));
  const low = level > 0 ? (place(level - 1) + place(level)) / 2 : 0;
  const high = level < axis.levels - 1 ? (place(level) + place(level + 1)) / 2 : 1;
  return [low, high];
}

/** Each kernel favours the level that was observed; the broad one favours none. */
function categoricalKernels(axis: Axis, points: Float64Array): CoordinateKernels {
  const { levels } = axis;
  const n = points.length + 1;
  const observed = Array.from(points, (u) => axis.levelOf(axis.decode(u)));
  const others = PRIOR_WEIGHT / n / (1 + (levels * PRIOR_WEIGHT) / n);
  const [logOthers, logObserved, logEven] = [Math.log(others), Math.log(1 - (levels - 1) * others), -Math.log(levels)];
  return {
    draw(k, random) {
      const isObserved = k < observed.length && random.uniform() >= levels * others;
      return axis.encode(axis.level(isObserved ? observed[k]! : random.integer(levels)));
    },
    addLogDensities(u, sums) {
      const level = axis.levelOf(axis.decode(u));
      for (let k = 0; k < observed.length; k++) sums[k]! += observed[k] === level ? logObserved : logOthers;
      sums[observed.length]! += logEven;
    },
  };
}

/** Mass of a normal distribution within a stretch, taken in the lower tail, where it keeps its digits. */
function massWithin(mu: number, sigma: number, [low, high]: readonly [number, number]): number {
  const [a, b] = [(low - mu) / sigma, (high - mu) / sigma];
  return a > 0 ? cumulative(-a) - cumulative(-b) : cumulative(b) - cumulative(a);
}

/** A draw from a normal distribution cut off at 0 and 1; its centre lies between them. */
function drawWithin(mu: number, sigma: number, random: Random): number {
  const [low, high] = [cumulative(-mu / sigma), cumulative((1 - mu) / sigma)];
  const p = low + (random.uniform() + 2 ** -33) * (high - low);
  return Math.min(1, Math.max(0, mu + sigma * quantile(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, p)))));
}
