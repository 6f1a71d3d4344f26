/** What a Gaussian process is fitted to. `n` points, `d` features, `X` n x d row-major. */

import { DomainError, ShapeError } from '../../shared/domain/errors.js';
import { squaredDifference, type FeatureKind } from './features.js';

export interface TrainingSet {
  readonly kinds: readonly FeatureKind[];
  /** n x d; NaN where a parameter is inactive. */
  readonly X: Float64Array;
  /** Length n, standardised: about 0 on average with variance about 1. */
  readonly y: Float64Array;
  /** Known variance of the noise of each observation, in squares of `y`'s unit; 0 where unknown. */
  readonly noise: Float64Array;
  /** Task (hardware class) of each observation, counting from 0; tasks differ by an offset. */
  readonly task: Int32Array;
}

/** @throws {ShapeError | DomainError} if lengths do not fit together or `y` and `noise` are not finite. */
export function checkTrainingSet({ kinds, X, y, noise, task }: TrainingSet): void {
  const n = y.length;
  if (X.length !== n * kinds.length || noise.length !== n || task.length !== n) {
    throw new ShapeError('training set has unequal lengths', {
      X: X.length,
      y: n,
      noise: noise.length,
      task: task.length,
    });
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

/** At most `most` observations of a set, evenly spread over its order. */
export function thinned(set: TrainingSet, most: number): TrainingSet {
  const n = set.y.length;
  if (n <= most) return set;
  const d = set.kinds.length;
  const rows = Int32Array.from({ length: most }, (_, i) => Math.floor((i * n) / most));
  const pick = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row]!);
  return {
    kinds: set.kinds,
    X: Float64Array.from({ length: most * d }, (_, at) => set.X[rows[Math.floor(at / d)]! * d + (at % d)]!),
    y: pick(set.y),
    noise: pick(set.noise),
    task: rows.map((row) => set.task[row]!),
  };
}
