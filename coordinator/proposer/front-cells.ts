/** The parts of objective space that would improve the front, one set of boxes for each draw of the front. */

import { nonDominatedBoxes } from '../pareto/box-decomposition.js';
import { nonDominated } from '../pareto/dominance.js';

/** Boxes of `S` draws for `m` objectives, flat: neighbouring boxes share edges, so edges are listed once. */
export interface FrontCells {
  readonly m: number;
  readonly draws: number;
  /** For draw after draw and, within it, objective after objective, the distinct edges of all boxes. */
  readonly edges: Float64Array;
  /** Where the edges of (draw s, objective j) begin is entry s m + j; length S m + 1. */
  readonly edgeStarts: Int32Array;
  /** Indices into `edges`, one row of m for each box. Lower edges may be -Infinity. */
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  /** Where the boxes of each draw begin; length S + 1. */
  readonly cellStarts: Int32Array;
}

/**
 * Cells left open below the reference.
 *
 * @param fronts - the outcomes of each draw, rows of m in any order.
 */
export function frontCells(fronts: readonly Float64Array[], reference: Float64Array): FrontCells {
  const m = reference.length;
  const edges: number[] = [];
  const [edgeStarts, cellStarts] = [[0], [0]];
  const [lower, upper]: [number[], number[]] = [[], []];
  for (const outcomes of fronts) {
    const front = nonDominated(outcomes, m).flatMap((i) => Array.from(outcomes.subarray(i * m, i * m + m)));
    const boxes = nonDominatedBoxes(Float64Array.from(front), m, reference);
    const indices = Array.from({ length: m }, (_, j) => {
      const index = listEdges(edges, [boxes.lower, boxes.upper], { j, m });
      edgeStarts.push(edges.length);
      return index;
    });
    boxes.lower.forEach((edge, i) => lower.push(indices[i % m]!.get(edge)!));
    boxes.upper.forEach((edge, i) => upper.push(indices[i % m]!.get(edge)!));
    cellStarts.push(lower.length / m);
  }
  return {
    m,
    draws: fronts.length,
    edges: Float64Array.from(edges),
    edgeStarts: Int32Array.from(edgeStarts),
    lower: Int32Array.from(lower),
    upper: Int32Array.from(upper),
    cellStarts: Int32Array.from(cellStarts),
  };
}

/** Appends the distinct bounds of column `j` to `edges` and says where each lies. */
function listEdges(
  edges: number[],
  bounds: readonly Float64Array[],
  { j, m }: { readonly j: number; readonly m: number },
): Map<number, number> {
  const index = new Map<number, number>();
  for (const column of bounds) {
    for (let i = j; i < column.length; i += m) {
      if (!index.has(column[i]!)) index.set(column[i]!, edges.push(column[i]!) - 1);
    }
  }
  return index;
}
