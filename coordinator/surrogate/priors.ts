/** What is believed about the hyperparameters of standardised data before seeing it, and the bounds they keep. */

import { positionsOf, type Layout } from './hyperparameter-layout.js';
import { logTaskPrior } from './task-covariance.js';

/** Lengthscales: log-normal, growing with the dimension so that distances stay comparable. */
const LENGTHSCALE_LOCATION = Math.SQRT2;
const LENGTHSCALE_SPREAD = Math.sqrt(3);
/** Variance of the function in each task: Gamma(2, 1). */
const SCALE_SHAPE = 2;
const SCALE_RATE = 1;
/** Inferred noise of each task: Gamma(1.1, 30), weak and in favour of little noise. */
const NOISE_SHAPE = 1.1;
const NOISE_RATE = 30;
/** Variance of the tasks' offsets: log-normal around a tenth of the data's variance. */
const OFFSET_PRIOR = [Math.log(0.1), 1.5] as const;
/** Variance of the devices' offsets: log-normal around a hundredth of the data's variance, since sensors are alike. */
const DEVICE_PRIOR = [Math.log(0.01), 1] as const;

/** Largest artanh of a task's share in the common factor, and largest direction beside it. */
const MOST_SHARE = 4;
const MOST_DIRECTION = 10;

export interface HyperparameterBox {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Bounds of theta. */
export function hyperparameterBounds(layout: Layout): HyperparameterBox {
  const { d, tasks: T, hasDevices } = layout;
  const repeat = (count: number, low: number, high: number): (readonly [number, number])[] =>
    Array.from({ length: count }, () => [low, high] as const);
  const logs = (count: number, low: number, high: number): (readonly [number, number])[] =>
    repeat(count, Math.log(low), Math.log(high));
  const bounds = [
    ...logs(d, 0.02, 1e3),
    ...logs(T, 0.02, 1e2),
    ...repeat(T > 1 ? T : 0, -MOST_SHARE, MOST_SHARE),
    ...repeat((T * (T - 1)) / 2, -MOST_DIRECTION, MOST_DIRECTION),
    ...logs(T, 1e-6, 2),
    ...logs(T > 1 ? 1 : 0, 1e-4, 1e2),
    ...logs(hasDevices ? 1 : 0, 1e-6, 1),
  ];
  return { lower: Float64Array.from(bounds, ([low]) => low), upper: Float64Array.from(bounds, ([, high]) => high) };
}

/** Lengthscale where its prior density is largest. */
export const likelyLengthscale = (d: number): number => Math.exp(lengthscaleCentre(d) - LENGTHSCALE_SPREAD ** 2);

/**
 * Log prior density at theta, up to a constant; its gradient is *subtracted* from `gradient`.
 *
 * Densities are on the natural values while theta holds logarithms, so the optimum is that of the natural values.
 * Those of the tasks' shares and directions are on theta itself.
 *
 * Source: lengthscales after Hvarfner, Hellsten & Nardi (2024), "Vanilla Bayesian Optimization Performs Great in High
 * Dimensions", ICML; scale and noise are those of Optuna's Gaussian process sampler.
 */
export function logPrior(theta: Float64Array, layout: Layout, gradient: Float64Array): number {
  const { d, tasks: T } = layout;
  const at = positionsOf(layout);
  let sum = 0;
  for (let c = 0; c < d; c++) sum += logNormal(theta, c, [lengthscaleCentre(d), LENGTHSCALE_SPREAD], gradient);
  for (let t = 0; t < T; t++) {
    sum += logGamma(theta, at.tasks + t, [SCALE_SHAPE, SCALE_RATE], gradient);
    sum += logGamma(theta, at.noises + t, [NOISE_SHAPE, NOISE_RATE], gradient);
  }
  if (at.offset >= 0) sum += logNormal(theta, at.offset, OFFSET_PRIOR, gradient);
  if (at.device >= 0) sum += logNormal(theta, at.device, DEVICE_PRIOR, gradient);
  return sum + logTaskPrior(theta, { start: at.tasks, T }, gradient);
}

const lengthscaleCentre = (d: number): number => LENGTHSCALE_LOCATION + 0.5 * Math.log(Math.max(1, d));

function logNormal(
  theta: Float64Array,
  index: number,
  prior: readonly [number, number],
  gradient: Float64Array,
): number {
  const [location, spread] = prior;
  const z = (theta[index]! - location) / spread;
  gradient[index]! += 1 + z / spread;
  return -theta[index]! - 0.5 * z * z;
}

function logGamma(
  theta: Float64Array,
  index: number,
  prior: readonly [number, number],
  gradient: Float64Array,
): number {
  const [shape, rate] = prior;
  const value = Math.exp(theta[index]!);
  gradient[index]! -= shape - 1 - rate * value;
  return (shape - 1) * theta[index]! - rate * value;
}
