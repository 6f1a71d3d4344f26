/** What is believed about the hyperparameters of standardised data before seeing it, and the bounds they keep. */

/** Lengthscales: log-normal, growing with the dimension so that distances stay comparable. */
const LENGTHSCALE_LOCATION = Math.SQRT2;
const LENGTHSCALE_SPREAD = Math.sqrt(3);
/** Variance of the function: Gamma(2, 1). */
const SCALE_SHAPE = 2;
const SCALE_RATE = 1;
/** Inferred noise: Gamma(1.1, 30), weak and in favour of little noise. */
const NOISE_SHAPE = 1.1;
const NOISE_RATE = 30;
/** Variance of the tasks' offsets: log-normal around a tenth of the data's variance. */
const OFFSET_LOCATION = Math.log(0.1);
const OFFSET_SPREAD = 1.5;

export interface HyperparameterBox {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Bounds of theta = (log ℓ.., log s², log noise[, log v]). */
export function hyperparameterBounds(d: number, hasOffsets: boolean): HyperparameterBox {
  const bounds: (readonly [number, number])[] = [
    ...Array.from({ length: d }, (): readonly [number, number] => [0.02, 1e3]),
    [0.02, 1e2],
    [1e-6, 2],
    ...(hasOffsets ? [[1e-4, 1e2] as const] : []),
  ];
  return {
    lower: Float64Array.from(bounds, ([low]) => Math.log(low)),
    upper: Float64Array.from(bounds, ([, high]) => Math.log(high)),
  };
}

/** Lengthscale where its prior density is largest. */
export const likelyLengthscale = (d: number): number => Math.exp(lengthscaleCentre(d) - LENGTHSCALE_SPREAD ** 2);

/**
 * Log prior density at theta, up to a constant; its gradient is *subtracted* from `gradient`.
 *
 * Densities are on the natural values while theta holds logarithms, so the optimum is that of the natural values.
 *
 * Source: lengthscales after Hvarfner, Hellsten & Nardi (2024), "Vanilla Bayesian Optimization Performs Great in High
 * Dimensions", ICML; the others are those of Optuna's Gaussian process sampler.
 */
export function logPrior(theta: Float64Array, d: number, gradient: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < d; c++) sum += logNormal(theta, c, [lengthscaleCentre(d), LENGTHSCALE_SPREAD], gradient);
  sum += logGamma(theta, d, [SCALE_SHAPE, SCALE_RATE], gradient);
  sum += logGamma(theta, d + 1, [NOISE_SHAPE, NOISE_RATE], gradient);
  if (theta.length > d + 2) sum += logNormal(theta, d + 2, [OFFSET_LOCATION, OFFSET_SPREAD], gradient);
  return sum;
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
