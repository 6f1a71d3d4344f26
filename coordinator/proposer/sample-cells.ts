/** The part of objective space that would improve the front, cut into boxes whose edges are listed once. */

import { nonDominatedBoxes } from '../pareto/box-decomposition.js';
import { nonDominated } from '../pareto/dominance.js';

/** Boxes of one draw of the front, for `m` objectives. */
export interface SampleCells {
  readonly count: number;
  /** For each objective, the distinct edges of all boxes in ascending order; the first may be -Infinity. */
  readonly edges: readonly Float64Array[];
  /** count x m indices into `edges`. */
  readonly lower: Int32Array;
  readonly upper: Int32Array;
}

/** Cells left open by `outcomes` (rows of `m`) below the reference. */
export function cellsOf(outcomes: Float64Array, m: number, reference: Float64Array): SampleCells {
  const front = nonDominated(outcomes, m).flatMap((i) => Array.from(outcomes.subarray(i * m, i * m + m)));
  const { count, lower, upper } = nonDominatedBoxes(Float64Array.from(front), m, reference);
  const edges = Array.from({ length: m }, (_, j) => distinct(j, m, lower, upper));
  const indexOf = edges.map((list) => new Map(Array.from(list, (edge, i) => [edge, i])));
  const index = (values: Float64Array): Int32Array => Int32Array.from(values, (edge, i) => indexOf[i % m]!.get(edge)!);
  return { count, edges, lower: index(lower), upper: index(upper) };
}

function distinct(j: number, m: number, ...bounds: readonly Float64Array[]): Float64Array {
  const values = new Set(bounds.flatMap((all) => Array.from(all).filter((_, i) => i % m === j)));
  return Float64Array.from(values).sort();
}
