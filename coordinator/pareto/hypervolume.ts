/** Dominated hypervolume of Pareto fronts. All objectives are minimised. */

import { DomainError, ShapeError } from '../../shared/domain/errors.js';
import { dominatedBoxes } from './box-decomposition.js';
import { nonDominated } from './dominance.js';

/**
 * Volume dominated by points within a reference point, for any number of objectives.
 *
 * Dominated points, repeated points and points outside the reference box add nothing.
 *
 * @param points - n x m, row-major, any order, n >= 0; in the units of the objectives.
 * @param reference - length m; worse than every point of interest.
 * @returns The volume, >= 0, in the product of the objectives' units.
 * @throws {ShapeError} if `reference` is not of length m or `points` not n x m.
 * @throws {DomainError} if any number is not finite.
 *
 * Cost: O(n log n) for m <= 2; O(f²) boxes at worst for m = 3 and a front of f points.
 */
export function hypervolume(points: Float64Array, m: number, reference: Float64Array): number {
  if (reference.length !== m) throw new ShapeError('reference must have length m', { length: reference.length, m });
  if (points.length % m !== 0) throw new ShapeError('points must be n x m', { length: points.length, m });
  if (!points.every(Number.isFinite) || !reference.every(Number.isFinite)) {
    throw new DomainError('objectives must be finite');
  }
  return m === 2 ? hypervolume2d(points, reference) : boxVolume(points, m, reference);
}

/**
 * Area dominated by a two-objective front, one rectangle for each point that lowers the second objective.
 *
 * Relative rounding error, inputs taken as exact: below (n + 4) * 2^-53. Source: the two-objective sweep of Fonseca,
 * Paquete & Lopez-Ibanez (2006), "An Improved Dimension-Sweep Algorithm for the Hypervolume Indicator", IEEE CEC,
 * pp. 1157-1163.
 */
function hypervolume2d(points: Float64Array, reference: Float64Array): number {
  const r0 = reference[0]!;
  let area = 0;
  let lowest = reference[1]!;
  const order = Array.from({ length: points.length / 2 }, (_, i) => i);
  for (const i of order.sort((a, b) => points[2 * a]! - points[2 * b]!)) {
    const y0 = points[2 * i]!;
    const y1 = points[2 * i + 1]!;
    if (y0 >= r0 || y1 >= lowest) continue;
    area += (r0 - y0) * (lowest - y1);
    lowest = y1;
  }
  return area;
}

function boxVolume(points: Float64Array, m: number, reference: Float64Array): number {
  const front = Float64Array.from(
    nonDominated(points, m).flatMap((i) => Array.from(points.subarray(i * m, i * m + m))),
  );
  const { count, lower, upper } = dominatedBoxes(front, m, reference);
  let total = 0;
  for (let k = 0; k < count; k++) {
    let volume = 1;
    for (let j = k * m; j < k * m + m; j++) volume *= upper[j]! - lower[j]!;
    total += volume;
  }
  return total;
}
