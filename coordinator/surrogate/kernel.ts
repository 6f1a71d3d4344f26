/**
 * The covariance of the surrogate, with one lengthscale per feature, shared by tasks that are correlated.
 *
 * k((x,t,e),(x',t',e')) = B_tt' shape(r²) + v [t = t'] + w [e = e'],
 * shape(r²) = (1 + √5 r + 5r²/3) exp(-√5 r), which is Matern-5/2, or exp(-r²/2), which is Gaussian,
 * r² = Σ_c difference_c(x, x')² / ℓ_c²,   x features, t task, e device.
 *
 * Source: intrinsic coregionalisation, Bonilla, Chai & Williams (2007), "Multi-task Gaussian Process Prediction", NIPS.
 */

const SQRT_5 = Math.sqrt(5);

/** How smooth a function is taken to be: differentiable twice, or without end. */
export type Smoothness = 'matern' | 'gaussian';

/** A covariance of squared distance, 1 at 0. */
export interface Shape {
  readonly value: (r2: number) => number;
  /** -2 times the slope of `value` in r². */
  readonly slope: (r2: number) => number;
}

/** What the covariance looks like from the task where a process predicts, in natural units. */
export interface Hyperparameters {
  /** One per feature, in units of the unit cube. */
  readonly lengthscales: Float64Array;
  /** Variance B_tt of the function. */
  readonly scale: number;
  /** Inferred variance of the noise from run to run, added to the known part. */
  readonly noise: number;
  /** Variance v of the tasks' offsets; 0 with one task. */
  readonly offset: number;
  /** Absent: Matern. */
  readonly smoothness?: Smoothness;
}

/** (1 + √5 r + 5r²/3) exp(-√5 r) at squared distance `r2`. */
function matern(r2: number): number {
  const r = Math.sqrt(r2);
  return (1 + SQRT_5 * r + (5 / 3) * r2) * Math.exp(-SQRT_5 * r);
}

/** -2 times the slope of {@link matern} in r²: (5/3)(1 + √5 r) exp(-√5 r). */
function maternSlope(r2: number): number {
  const r = Math.sqrt(r2);
  return (5 / 3) * (1 + SQRT_5 * r) * Math.exp(-SQRT_5 * r);
}

const gaussian = (r2: number): number => Math.exp(-0.5 * r2);

const SHAPES: Readonly<Record<Smoothness, Shape>> = {
  matern: { value: matern, slope: maternSlope },
  gaussian: { value: gaussian, slope: gaussian },
};

export const shapeOf = (smoothness: Smoothness = 'matern'): Shape => SHAPES[smoothness];
