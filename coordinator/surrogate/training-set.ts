/** What a Gaussian process is fitted to. `n` points, `d` features, `X` n x d row-major. */

import { DomainError, ShapeError } from '../../shared/domain/errors.js';
import { squaredDifference, type FeatureKind } from './features.js';

export interface TrainingSet {
  readonly kinds: readonly FeatureKind[];
  /** n x d; NaN where a parameter is inactive. */
  readonly X: Float64Array;
  /** Length n, standardised: about 0 on average with variance about 1, in each task. */
  readonly y: Float64Array;
  /** Known variance of the noise of each observation, in squares of `y`'s unit; 0 where unknown. */
  readonly noise: Float64Array;
  /** Task (hardware class) of each observation, counting from 0. */
  readonly task: Int32Array;
  /** Device of each observation where its task has several, else -1; devices of different tasks have different numbers. */
  readonly device?: Int32Array;
}

/** Most tasks that one process tells apart: their covariances grow with the square. */
export const MOST_TASKS = 8;

/** @throws {ShapeError | DomainError} if lengths do not fit together or `y` and `noise` are not finite. */
export function checkTrainingSet({ kinds, X, y, noise, task, device }: TrainingSet): void {
  const n = y.length;
  const lengths = [noise.length, task.length, device?.length ?? n];
  if (X.length !== n * kinds.length || lengths.some((length) => length !== n)) {
    throw new ShapeError('training set has unequal lengths', { X: X.length, y: n, lengths });
  }
  if (!y.every(Number.isFinite) || !noise.every((variance) => variance >= 0 && Number.isFinite(variance))) {
    throw new DomainError('training values must be finite and their noise not negative');
  }
}

/** Squared differences of all pairs i > j in every feature: pair (i, j) is row i(i-1)/2 + j of an array with d columns. */
export function pairDifferences(X: Float64Array, kinds: readonly FeatureKind[]): Float64Array {
  const d = kinds.length;
  const n = d === 0 ? 0 : X.length / d;
  const pairs = new Float64Array(((n * (n - 1)) / 2) * d);
  let position = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      for (let c = 0; c < d; c++) pairs[position++] = squaredDifference(kinds[c]!, X[i * d + c]!, X[j * d + c]!);
    }
  }
  return pairs;
}

/** About `most` observations of a set: from each task its share, though at least one, evenly spread over its order. */
export function thinned(set: TrainingSet, most: number): TrainingSet {
  const n = set.y.length;
  if (n <= most) return set;
  const byTask = new Map<number, number[]>();
  set.task.forEach((task, row) => byTask.set(task, [...(byTask.get(task) ?? []), row]));
  const kept = [...byTask.values()].flatMap((rows) => {
    const share = Math.max(1, Math.floor((rows.length * most) / n));
    return Array.from({ length: share }, (_, i) => rows[Math.floor((i * rows.length) / share)]!);
  });
  return rowsOf(
    set,
    kept.sort((a, b) => a - b),
  );
}

/** The observations in the given rows. */
export function rowsOf({ kinds, X, y, noise, task, device }: TrainingSet, rows: readonly number[]): TrainingSet {
  const d = kinds.length;
  return {
    kinds,
    X: Float64Array.from({ length: rows.length * d }, (_, at) => X[rows[Math.floor(at / d)]! * d + (at % d)]!),
    y: Float64Array.from(rows, (row) => y[row]!),
    noise: Float64Array.from(rows, (row) => noise[row]!),
    task: Int32Array.from(rows, (row) => task[row]!),
    ...(device && { device: Int32Array.from(rows, (row) => device[row]!) }),
  };
}
