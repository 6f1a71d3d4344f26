/**
 * Disjoint boxes of objective space: the part that a front dominates, and the part that it does not. All minimised.
 *
 * Source: Lacour, Klamroth & Fonseca (2017), "A box decomposition algorithm to compute the hypervolume indicator",
 * Comput. Oper. Res. 79, pp. 347-360; the second pass over the negated bounds after Yang et al. (2019), arXiv 1904.12672.
 */

import { ShapeError } from '../../shared/domain/errors.js';

/** Disjoint boxes, `count` x m each, row-major. */
export interface Boxes {
  readonly count: number;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** A corner of the region that is not dominated, with the m points that define it. */
interface UpperBound {
  readonly corner: Float64Array;
  /** Row j is the point that bounds coordinate j. */
  readonly defining: readonly Float64Array[];
}

/**
 * Boxes that cover what the front dominates below the reference point.
 *
 * Points that do not dominate the reference add nothing. Boxes without volume are left out.
 */
export function dominatedBoxes(front: Float64Array, m: number, reference: Float64Array): Boxes {
  if (reference.length !== m) throw new ShapeError('reference must have length m', { length: reference.length, m });
  return boxesOf(upperBounds(front, m, reference), m, reference);
}

/**
 * Boxes that cover everything below the reference point that the front does not dominate; lower bounds may be
 * -Infinity.
 */
export function nonDominatedBoxes(front: Float64Array, m: number, reference: Float64Array): Boxes {
  if (reference.length !== m) throw new ShapeError('reference must have length m', { length: reference.length, m });
  const corners = upperBounds(front, m, reference);
  const mirrored = Float64Array.from(corners.flatMap(({ corner }) => Array.from(corner, (value) => -value)));
  const infinite = new Float64Array(m).fill(Infinity);
  const { count, lower, upper } = boxesOf(upperBounds(mirrored, m, infinite), m, infinite);
  return { count, lower: upper.map((value) => -value), upper: lower.map((value) => -value) };
}

/** Local upper bounds of the region that `front` leaves undominated (algorithm 1 of the source). */
function upperBounds(front: Float64Array, m: number, reference: Float64Array): UpperBound[] {
  const bounds: UpperBound[] = [{ corner: reference.slice(), defining: outermost(m, reference) }];
  for (let start = 0; start < front.length; start += m) {
    const point = front.subarray(start, start + m);
    const cut: UpperBound[] = [];
    let kept = 0;
    for (const bound of bounds) {
      if (isBelow(point, bound.corner)) cut.push(bound);
      else bounds[kept++] = bound;
    }
    bounds.length = kept;
    for (const bound of cut) bounds.push(...split(bound, point, m));
  }
  return bounds;
}

function outermost(m: number, reference: Float64Array): Float64Array[] {
  return Array.from({ length: m }, (_, j) => {
    const point = new Float64Array(m).fill(-Infinity);
    point[j] = reference[j]!;
    return point;
  });
}

function isBelow(point: Float64Array, corner: Float64Array): boolean {
  for (let j = 0; j < corner.length; j++) if (!(point[j]! < corner[j]!)) return false;
  return true;
}

function split({ corner, defining }: UpperBound, point: Float64Array, m: number): UpperBound[] {
  const parts: UpperBound[] = [];
  for (let j = 0; j < m; j++) {
    const isRedundant = defining.some((other, i) => i !== j && point[j]! < other[j]!);
    if (isRedundant) continue;
    const moved = corner.slice();
    moved[j] = point[j]!;
    parts.push({ corner: moved, defining: defining.map((other, i) => (i === j ? point : other)) });
  }
  return parts;
}

/** One box for each local upper bound (equation 2 of the source). */
function boxesOf(bounds: readonly UpperBound[], m: number, reference: Float64Array): Boxes {
  const lower: number[] = [];
  const upper: number[] = [];
  for (const { corner, defining } of bounds) {
    const low = Array.from(corner, (value, j) =>
      j === 0 ? value : Math.max(...defining.slice(0, j).map((point) => point[j]!)),
    );
    const high = Array.from(corner, (value, j) => (j === 0 ? reference[0]! : value));
    if (low.some((value, j) => !(value < high[j]!))) continue;
    lower.push(...low);
    upper.push(...high);
  }
  return { count: lower.length / m, lower: Float64Array.from(lower), upper: Float64Array.from(upper) };
}
