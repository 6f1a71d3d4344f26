/** Which outcomes are dominated. Outcomes are n x m, row-major, and all objectives are minimised. */

import { ShapeError } from '../../shared/domain/errors.js';

/**
 * Indices of the points that no other point dominates, in ascending order; equal points do not dominate each other.
 *
 * Points with a coordinate that is not a number never belong to the front and dominate nothing.
 *
 * @throws {ShapeError} if `points` is not a whole number of rows of `m`.
 *
 * Cost: O(n log n) for two objectives, else O(n f m) for a front of f points.
 */
export function nonDominated(points: Float64Array, m: number): number[] {
  if (m < 1 || points.length % m !== 0) throw new ShapeError('points must be n x m', { length: points.length, m });
  const order = lexicographicOrder(points, m);
  const front = m === 2 ? sweep(points, order) : filter(points, m, order);
  return front.sort((a, b) => a - b);
}

/** True when row `a` is nowhere worse than row `b` and not equal to it. */
function dominates(points: Float64Array, m: number, a: number, b: number): boolean {
  let better = false;
  for (let j = 0; j < m; j++) {
    const difference = points[a * m + j]! - points[b * m + j]!;
    if (!(difference <= 0)) return false;
    if (difference < 0) better = true;
  }
  return better;
}

/** Rows without NaN by their first objective, ties by the next; a point can only be dominated by an earlier one. */
function lexicographicOrder(points: Float64Array, m: number): number[] {
  const rows = Array.from({ length: points.length / m }, (_, i) => i);
  const valid = rows.filter((i) => points.subarray(i * m, i * m + m).every((value) => !Number.isNaN(value)));
  return valid.sort((a, b) => {
    for (let j = 0; j < m; j++) {
      const x = points[a * m + j]!;
      const y = points[b * m + j]!;
      if (x !== y) return x < y ? -1 : 1;
    }
    return a - b;
  });
}

function sweep(points: Float64Array, order: readonly number[]): number[] {
  const front: number[] = [];
  for (const i of order) {
    const last = front[front.length - 1];
    if (last === undefined || points[2 * i + 1]! < points[2 * last + 1]! || equal(points, 2, i, last)) front.push(i);
  }
  return front;
}

function filter(points: Float64Array, m: number, order: readonly number[]): number[] {
  const front: number[] = [];
  for (const i of order) {
    if (!front.some((kept) => dominates(points, m, kept, i))) front.push(i);
  }
  return front;
}

function equal(points: Float64Array, m: number, a: number, b: number): boolean {
  for (let j = 0; j < m; j++) if (points[a * m + j] !== points[b * m + j]) return false;
  return true;
}
