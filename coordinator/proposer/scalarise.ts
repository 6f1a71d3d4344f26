/** Many objectives as one: the augmented Chebyshev distance from the best, with random weights. */

import { seededRandom } from '../../shared/runtime/random.js';

/** Share of the plain sum that is added, so that weakly dominated points do not tie. */
const SUM_SHARE = 0.05;

/**
 * One value per row of `outcomes` (n x m, minimised), the smaller the better.
 *
 * Objectives are brought to [0, 1] between their best and worst rows; weights are uniform on the simplex.
 *
 * Source: Knowles (2006), "ParEGO", IEEE Trans. Evol. Comput. 10, pp. 50-66.
 */
export function chebyshev(outcomes: Float64Array, m: number, seed: string): Float64Array {
  const n = outcomes.length / m;
  const weights = simplexPoint(m, seed);
  const columns = weights.map((_, j) => Float64Array.from({ length: n }, (_row, i) => outcomes[i * m + j]!));
  const best = columns.map((column) => Math.min(...column));
  const range = columns.map((column, j) => Math.max(...column) - best[j]! || 1);
  return Float64Array.from({ length: n }, (_, i) => {
    const terms = weights.map((weight, j) => (weight * (columns[j]![i]! - best[j]!)) / range[j]!);
    return Math.max(...terms) + SUM_SHARE * terms.reduce((sum, term) => sum + term, 0);
  });
}

function simplexPoint(m: number, seed: string): number[] {
  const random = seededRandom(seed);
  const draws = Array.from({ length: m }, () => -Math.log(1 - random.uniform()));
  const total = draws.reduce((sum, draw) => sum + draw, 0);
  return draws.map((draw) => draw / total);
}
