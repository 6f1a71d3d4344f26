/**
 * The covariance B of the tasks: a common factor, and what is left of each task beside it.
 *
 * `T` tasks. B_tt' = s_t s_t' u_t·u_t' with unit vectors u_t = (q_t, √(1 - q_t²) v_t): q_t in (-1, 1) is the task's
 * share in what all have in common, so that two tasks correlate as q_t q_t', and v_t is (a_t1 .. a_t,t-1, 1, 0 ..)
 * brought to length 1, so that tasks may be still more alike than by the common factor. The rows s_t u_t are a root of B,
 * and any parameters give a positive definite B.
 *
 * One number for each task is what few observations can bear; a free B fits their noise. Symmetric T x T matrices are
 * flat and row-major; slopes in them are kept in the lower triangle, once for each pair.
 */

/** Two tasks are believed to correlate about as this: what costs energy on one class does so on others. */
const LIKELY_CORRELATION = 0.9;
const LIKELY_SHARE = Math.atanh(Math.sqrt(LIKELY_CORRELATION));
/** Standard deviation of the belief about artanh(q). */
const SHARE_SPREAD = 1;
/** Standard deviation of the directions a around 0. */
const DIRECTION_SPREAD = 0.3;
/** Standard deviation of the log variances around their mean: each task is standardised, so that they are much alike. */
const VARIANCE_SPREAD = 0.5;

export interface TaskCovariance {
  readonly count: number;
  /** T x T. */
  readonly B: Float64Array;
  /** T x T correlations u_t·u_t'. */
  readonly correlations: Float64Array;
  /** q, length T. */
  readonly shares: Float64Array;
  /** T x T; row t is v_t. */
  readonly rests: Float64Array;
  /** Length of each row of a before it is brought to 1. */
  readonly lengths: Float64Array;
}

/** Numbers behind a covariance: log s_t² for each task and, of several, artanh(q_t) for each, then a_21, a_31, a_32, ... */
export const taskParameterCount = (T: number): number => (T === 1 ? 1 : 2 * T + (T * (T - 1)) / 2);

/** The covariance behind the parameters that begin at `start` of `theta`. */
export function taskCovariance(theta: Float64Array, start: number, T: number): TaskCovariance {
  const shares = Float64Array.from({ length: T }, (_, t) => (T === 1 ? 0 : Math.tanh(theta[start + T + t]!)));
  const { rests, lengths } = restsOf(theta, start + 2 * T, T);
  const correlations = new Float64Array(T * T);
  const B = new Float64Array(T * T);
  for (let i = 0; i < T; i++) {
    for (let j = 0; j < T; j++) {
      let rest = 0;
      for (let k = 0; k < T; k++) rest += rests[i * T + k]! * rests[j * T + k]!;
      const ofRest = rest * rootOf(shares[i]!) * rootOf(shares[j]!);
      correlations[i * T + j] = i === j ? 1 : shares[i]! * shares[j]! + ofRest;
      B[i * T + j] = correlations[i * T + j]! * Math.exp(0.5 * (theta[start + i]! + theta[start + j]!));
    }
  }
  return { count: T, B, correlations, shares, rests, lengths };
}

/** √(1 - q²). */
const rootOf = (share: number): number => Math.sqrt((1 - share) * (1 + share));

function restsOf(theta: Float64Array, start: number, T: number): Pick<TaskCovariance, 'rests' | 'lengths'> {
  const rests = new Float64Array(T * T);
  const lengths = new Float64Array(T);
  for (let t = 0, at = start; t < T; t++) {
    for (let k = 0; k < t; k++) rests[t * T + k] = theta[at++]!;
    rests[t * T + t] = 1;
    lengths[t] = Math.hypot(...rests.subarray(t * T, t * T + t + 1));
    for (let k = 0; k <= t; k++) rests[t * T + k]! /= lengths[t]!;
  }
  return { rests, lengths };
}

/** Adds to `gradient` from `start` on what the slopes in B, T x T, make in the parameters. */
export function addTaskSlopes(
  covariance: TaskCovariance,
  slopes: Float64Array,
  { gradient, start }: { readonly gradient: Float64Array; readonly start: number },
): void {
  const { count: T, B, rests, lengths } = covariance;
  const onShares = new Float64Array(T);
  const onRests = new Float64Array(T * T);
  for (let i = 0; i < T; i++) {
    for (let j = 0; j <= i; j++) {
      const onB = slopes[i * T + j]! * B[i * T + j]!;
      gradient[start + i]! += 0.5 * onB;
      gradient[start + j]! += 0.5 * onB;
      if (i !== j) addCorrelationSlope(covariance, { i, j, slope: slopes[i * T + j]! }, { onShares, onRests });
    }
  }
  if (T === 1) return;
  for (let t = 0, at = start + 2 * T; t < T; t++) {
    gradient[start + T + t]! += onShares[t]!;
    let along = 0;
    for (let k = 0; k <= t; k++) along += onRests[t * T + k]! * rests[t * T + k]!;
    for (let k = 0; k < t; k++) gradient[at++]! += (onRests[t * T + k]! - along * rests[t * T + k]!) / lengths[t]!;
  }
}

/** Adds what the slope in B_ij makes in artanh(q) and in v of both tasks. */
function addCorrelationSlope(
  { count: T, B, shares, rests }: TaskCovariance,
  { i, j, slope }: { readonly i: number; readonly j: number; readonly slope: number },
  { onShares, onRests }: { readonly onShares: Float64Array; readonly onRests: Float64Array },
): void {
  const onCorrelation = slope * Math.sqrt(B[i * T + i]! * B[j * T + j]!);
  const [p, q] = [shares[i]!, shares[j]!];
  const [rootP, rootQ] = [rootOf(p), rootOf(q)];
  let rest = 0;
  for (let k = 0; k < T; k++) {
    rest += rests[i * T + k]! * rests[j * T + k]!;
    onRests[i * T + k]! += onCorrelation * rootP * rootQ * rests[j * T + k]!;
    onRests[j * T + k]! += onCorrelation * rootP * rootQ * rests[i * T + k]!;
  }
  onShares[i]! += onCorrelation * rootP * (rootP * q - p * rootQ * rest);
  onShares[j]! += onCorrelation * rootQ * (rootQ * p - q * rootP * rest);
}

/**
 * Log prior density of shares, directions and of how far the log variances lie apart at `theta`, up to a constant; its
 * slopes are *subtracted* from `gradient`.
 */
export function logTaskPrior(
  theta: Float64Array,
  { start, T }: { readonly start: number; readonly T: number },
  gradient: Float64Array,
): number {
  let sum = 0;
  const centre = theta.subarray(start, start + T).reduce((total, value) => total + value / T, 0);
  for (let at = start; at < start + T; at++) {
    const z = (theta[at]! - centre) / VARIANCE_SPREAD;
    sum -= 0.5 * z * z;
    gradient[at]! += z / VARIANCE_SPREAD;
  }
  for (let at = start + T; at < start + taskParameterCount(T); at++) {
    const [likely, spread] = at < start + 2 * T ? [LIKELY_SHARE, SHARE_SPREAD] : [0, DIRECTION_SPREAD];
    const z = (theta[at]! - likely) / spread;
    sum -= 0.5 * z * z;
    gradient[at]! += z / spread;
  }
  return sum;
}

/** Parameters of `T` tasks of equal variance that correlate as `correlation` with each other, 0 <= correlation < 1. */
export function equalTasks(T: number, variance: number, correlation: number): number[] {
  const variances = new Array<number>(T).fill(Math.log(variance));
  if (T === 1) return variances;
  const shares = new Array<number>(T).fill(Math.atanh(Math.sqrt(correlation)));
  return [...variances, ...shares, ...new Array<number>((T * (T - 1)) / 2).fill(0)];
}
