/** Minimises a smooth function within a box: limited-memory BFGS with projection onto the bounds. */

/** Writes the gradient at `x` into `gradient` and returns the value; a value that is not finite counts as +infinity. */
export type SmoothFunction = (x: Float64Array, gradient: Float64Array) => number;

export interface BoundedProblem {
  readonly start: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly maxIterations: number;
  /** Stops when no component of the projected gradient is larger. */
  readonly gradientTolerance: number;
  /** Stops when a step lowers the value by less than this share of max(|value|, 1). */
  readonly valueTolerance: number;
}

export interface BoundedMinimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
}

/** Correction pairs kept. */
const MEMORY = 10;
const ARMIJO = 1e-4;
const MAX_BACKTRACKS = 25;
/** Share of |y|² below which a pair says nothing reliable about curvature. */
const LEAST_CURVATURE = 1e-13;

interface State {
  x: Float64Array;
  gradient: Float64Array;
  value: number;
}

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

/**
 * Finds a local minimum of `f` within the box, never leaving it.
 *
 * Variables at a bound whose gradient points outwards are held; the others take a limited-memory BFGS step whose path
 * is bent along the bounds and shortened until the value falls enough. Limits count iterations, never time.
 *
 * Source: the two-metric projection of Bertsekas (1982), SIAM J. Control Optim. 20, pp. 221-246, with the two-loop
 * recursion of Nocedal (1980), Math. Comput. 35, pp. 773-782.
 */
export function minimiseInBox(f: SmoothFunction, problem: BoundedProblem): BoundedMinimum {
  let state = evaluate(f, clip(problem.start, problem));
  let pairs: Pair[] = [];
  let iterations = 0;
  for (; iterations < problem.maxIterations; iterations++) {
    const free = freeVariables(state, problem);
    if (largestFree(state.gradient, free) <= problem.gradientTolerance) break;
    let next = lineSearch(f, state, quasiNewtonStep(state.gradient, free, pairs), problem);
    if (!next && pairs.length > 0) {
      pairs = [];
      next = lineSearch(f, state, quasiNewtonStep(state.gradient, free, pairs), problem);
    }
    if (!next) break;
    pairs = remember(pairs, state, next);
    const gain = state.value - next.value;
    state = next;
    if (gain <= problem.valueTolerance * Math.max(1, Math.abs(state.value))) break;
  }
  return { x: state.x, value: state.value, iterations };
}

function evaluate(f: SmoothFunction, x: Float64Array): State {
  const gradient = new Float64Array(x.length);
  const value = f(x, gradient);
  return { x, gradient, value: Number.isFinite(value) ? value : Infinity };
}

const clip = (x: Float64Array, { lower, upper }: BoundedProblem): Float64Array =>
  x.map((value, i) => Math.min(Math.max(value, lower[i]!), upper[i]!));

function freeVariables({ x, gradient }: State, { lower, upper }: BoundedProblem): Uint8Array {
  return Uint8Array.from(x, (value, i) => {
    const held = (value <= lower[i]! && gradient[i]! > 0) || (value >= upper[i]! && gradient[i]! < 0);
    return held ? 0 : 1;
  });
}

function largestFree(gradient: Float64Array, free: Uint8Array): number {
  let largest = 0;
  for (let i = 0; i < gradient.length; i++) if (free[i]) largest = Math.max(largest, Math.abs(gradient[i]!));
  return largest;
}

/** Minus the inverse Hessian estimate times the gradient, among the free variables. */
function quasiNewtonStep(gradient: Float64Array, free: Uint8Array, pairs: readonly Pair[]): Float64Array {
  const step = gradient.map((g, i) => (free[i] ? -g : 0));
  if (pairs.length === 0) {
    const length = Math.sqrt(inner(step, step, free));
    return length > 1 ? step.map((value) => value / length) : step;
  }
  const weights: number[] = [];
  for (const { s, y, rho } of pairs.toReversed()) {
    const weight = rho * inner(s, step, free);
    weights.push(weight);
    addScaled(step, y, -weight);
  }
  const { s, y } = pairs[pairs.length - 1]!;
  const scale = inner(s, y, free) / inner(y, y, free);
  for (let i = 0; i < step.length; i++) step[i]! *= scale > 0 && Number.isFinite(scale) ? scale : 1;
  for (const pair of pairs) addScaled(step, pair.s, weights.pop()! - pair.rho * inner(pair.y, step, free));
  for (let i = 0; i < step.length; i++) if (!free[i]) step[i] = 0;
  return step;
}

function inner(a: Float64Array, b: Float64Array, free: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (free[i]) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, direction: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * direction[i]!;
}

function lineSearch(f: SmoothFunction, from: State, step: Float64Array, problem: BoundedProblem): State | undefined {
  let length = 1;
  for (let attempt = 0; attempt < MAX_BACKTRACKS; attempt++) {
    const target = clip(
      from.x.map((value, i) => value + length * step[i]!),
      problem,
    );
    const slope = target.reduce((sum, value, i) => sum + from.gradient[i]! * (value - from.x[i]!), 0);
    if (!(slope < 0)) return undefined;
    const next = evaluate(f, target);
    if (next.value <= from.value + ARMIJO * slope) return next;
    length *= shrink(from.value, next.value, slope);
  }
  return undefined;
}

/** Factor to the minimum of the parabola through both values and the slope, kept between a tenth and a half. */
function shrink(before: number, after: number, slope: number): number {
  const factor = -slope / (2 * (after - before - slope));
  return Number.isFinite(factor) ? Math.min(0.5, Math.max(0.1, factor)) : 0.1;
}

function remember(pairs: readonly Pair[], before: State, after: State): Pair[] {
  const s = after.x.map((value, i) => value - before.x[i]!);
  const y = after.gradient.map((value, i) => value - before.gradient[i]!);
  const all = new Uint8Array(s.length).fill(1);
  const curvature = inner(s, y, all);
  if (!(curvature > LEAST_CURVATURE * inner(y, y, all)) || !Number.isFinite(curvature)) return [...pairs];
  return [...pairs, { s, y, rho: 1 / curvature }].slice(-MEMORY);
}
