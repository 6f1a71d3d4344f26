/**
 * The covariance of the surrogate: Matern-5/2 with one lengthscale per feature, plus one variance per task offset.
 *
 * k((x,t),(x',t')) = s² (1 + √5 r + 5r²/3) exp(-√5 r) + v [t = t'],   r² = Σ_c difference_c(x, x')² / ℓ_c²
 */

const SQRT_5 = Math.sqrt(5);

/** Hyperparameters in natural units. */
export interface Hyperparameters {
  /** One per feature, in units of the unit cube. */
  readonly lengthscales: Float64Array;
  /** Variance s² of the function. */
  readonly scale: number;
  /** Inferred variance of the noise, added to the known part. */
  readonly noise: number;
  /** Variance v of the tasks' offsets. */
  readonly offset: number;
}

/** (1 + √5 r + 5r²/3) exp(-√5 r) at squared distance `r2`. */
export function matern(r2: number): number {
  const r = Math.sqrt(r2);
  return (1 + SQRT_5 * r + (5 / 3) * r2) * Math.exp(-SQRT_5 * r);
}

/** -2 times the slope of {@link matern} in r²: (5/3)(1 + √5 r) exp(-√5 r). */
export function maternSlope(r2: number): number {
  const r = Math.sqrt(r2);
  return (5 / 3) * (1 + SQRT_5 * r) * Math.exp(-SQRT_5 * r);
}
