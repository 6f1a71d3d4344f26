/**
 * The covariance B of the tasks: B_tt' = s_t s_t' u_t·u_t', each u_t a unit vector.
 *
 * `T` tasks. u_t is (a_t1 .. a_t,t-1, 1, 0 ..) brought to length 1, so that the rows s_t u_t are a Cholesky factor of B,
 * any numbers a_tk give a positive definite B, and scales stay apart from correlations. Symmetric T x T matrices are
 * flat and row-major; slopes in them are kept in the lower triangle, once for each pair.
 */

/** Correlations are believed to lie around this: what costs energy on one class does so on others. */
const LIKELY_CORRELATION = 0.9;
/** Standard deviation of that belief in artanh(correlation). */
const CORRELATION_SPREAD = 1;
/** Correlations nearer to 1 than this count as that near. */
const LEAST_DISTANCE = 1e-9;

export interface TaskCovariance {
  readonly count: number;
  /** T x T. */
  readonly B: Float64Array;
  /** T x T; row t is u_t. */
  readonly units: Float64Array;
  /** T x T correlations u_t·u_t'. */
  readonly correlations: Float64Array;
  /** Length of each row of a before it is brought to 1. */
  readonly lengths: Float64Array;
}

/** Numbers behind a covariance of `T` tasks: the log variances log s_t², then a_21, a_31, a_32, ... */
export const taskParameterCount = (T: number): number => (T * (T + 1)) / 2;

/** The covariance behind the parameters that begin at `start` of `theta`. */
export function taskCovariance(theta: Float64Array, start: number, T: number): TaskCovariance {
  const units = new Float64Array(T * T);
  const lengths = new Float64Array(T);
  let at = start + T;
  for (let t = 0; t < T; t++) {
    let sum = 1;
    for (let k = 0; k < t; k++) {
      units[t * T + k] = theta[at]!;
      sum += theta[at++]! ** 2;
    }
    lengths[t] = Math.sqrt(sum);
    units[t * T + t] = 1;
    for (let k = 0; k <= t; k++) units[t * T + k]! /= lengths[t]!;
  }
  const correlations = new Float64Array(T * T);
  const B = new Float64Array(T * T);
  for (let i = 0; i < T; i++) {
    for (let j = 0; j < T; j++) {
      let product = 0;
      for (let k = 0; k <= Math.min(i, j); k++) product += units[i * T + k]! * units[j * T + k]!;
      correlations[i * T + j] = i === j ? 1 : product;
      B[i * T + j] = correlations[i * T + j]! * Math.exp(0.5 * (theta[start + i]! + theta[start + j]!));
    }
  }
  return { count: T, B, units, correlations, lengths };
}

/** Adds to `gradient` from `start` on what the slopes in B and in the correlations make in the parameters. */
export function addTaskSlopes(
  { count: T, B, units, correlations, lengths }: TaskCovariance,
  slopes: { readonly covariance: Float64Array; readonly correlation: Float64Array },
  { gradient, start }: { readonly gradient: Float64Array; readonly start: number },
): void {
  const onUnits = new Float64Array(T * T);
  for (let i = 0; i < T; i++) {
    for (let j = 0; j <= i; j++) {
      const onB = slopes.covariance[i * T + j]! * B[i * T + j]!;
      gradient[start + i]! += 0.5 * onB;
      gradient[start + j]! += 0.5 * onB;
      if (i === j) continue;
      const scale = Math.sqrt(B[i * T + i]! * B[j * T + j]!);
      const onCorrelation = slopes.covariance[i * T + j]! * scale + slopes.correlation[i * T + j]!;
      for (let k = 0; k < T; k++) {
        onUnits[i * T + k]! += onCorrelation * (units[j * T + k]! - correlations[i * T + j]! * units[i * T + k]!);
        onUnits[j * T + k]! += onCorrelation * (units[i * T + k]! - correlations[i * T + j]! * units[j * T + k]!);
      }
    }
  }
  let at = start + T;
  for (let t = 0; t < T; t++) for (let k = 0; k < t; k++) gradient[at++]! += onUnits[t * T + k]! / lengths[t]!;
}

/**
 * Log density of the belief about the correlations, up to a constant: artanh of each is normal around that of 0.9.
 *
 * Its slopes are *subtracted* from `slope`.
 */
export function logCorrelationPrior({ count: T, correlations }: TaskCovariance, slope: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < T; i++) {
    for (let j = 0; j < i; j++) {
      const most = 1 - LEAST_DISTANCE;
      const correlation = Math.min(most, Math.max(-most, correlations[i * T + j]!));
      const z = (Math.atanh(correlation) - Math.atanh(LIKELY_CORRELATION)) / CORRELATION_SPREAD;
      sum -= 0.5 * z * z;
      slope[i * T + j]! += z / (CORRELATION_SPREAD * (1 - correlation * correlation));
    }
  }
  return sum;
}

/** Parameters of `T` tasks of equal variance and equal correlation, 0 <= correlation < 1. */
export function equalTasks(T: number, variance: number, correlation: number): number[] {
  const root: number[][] = [];
  for (let i = 0; i < T; i++) {
    const row: number[] = [];
    for (let j = 0; j < i; j++) {
      const known = root[j]!.slice(0, j).reduce((sum, value, k) => sum + value * row[k]!, 0);
      row.push((correlation - known) / root[j]![j]!);
    }
    root.push([...row, Math.sqrt(1 - row.reduce((sum, value) => sum + value * value, 0))]);
  }
  const directions = root.flatMap((row, i) => row.slice(0, i).map((value) => value / row[i]!));
  return [...new Array<number>(T).fill(Math.log(variance)), ...directions];
}
