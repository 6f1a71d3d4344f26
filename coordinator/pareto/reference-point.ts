/** The bound for hypervolume: given by thresholds, else found from outcomes. All objectives are minimised. */

import { ShapeError } from '../../shared/domain/errors.js';
import { nonDominated } from './dominance.js';

/** Distance beyond the worst outcome of interest, as a share of the range of interest. */
const MARGIN = 0.1;
/** Least distance as a share of the outcome, so that rounding does not swallow it. */
const LEAST_MARGIN = 1e-12;
/** Outcomes further above the median than this many times (median - best) do not stretch the bound. */
const OUTLIER_RATIO = 3;

/**
 * The reference point of a set of outcomes.
 *
 * Where a threshold is given, it is that. Else, for each objective: the worst outcome, but no further above the median
 * than three times the distance from the best to the median, so that one terrible outcome does not stretch the box;
 * and never below the front's own worst, so that every point of the front counts. A tenth of the distance to the best
 * is added. Objectives on a log scale must be given as logarithms, so that the margin is a factor.
 *
 * @param outcomes - n x m, row-major, in minimised units; rows with a coordinate that is not finite are left out.
 * @param thresholds - length m, `undefined` where none is given.
 * @returns Length m; for an objective without threshold and without any outcome, NaN.
 * @throws {ShapeError} if `outcomes` is not n x m.
 */
export function chooseReference(outcomes: Float64Array, thresholds: readonly (number | undefined)[]): Float64Array {
  const m = thresholds.length;
  if (m < 1 || outcomes.length % m !== 0)
    throw new ShapeError('outcomes must be n x m', { length: outcomes.length, m });
  const rows = Array.from({ length: outcomes.length / m }, (_, i) => outcomes.subarray(i * m, i * m + m)).filter(
    (row) => row.every(Number.isFinite),
  );
  const finite = Float64Array.from(rows.flatMap((row) => Array.from(row)));
  const front = nonDominated(finite, m);
  return Float64Array.from(thresholds, (threshold, j) => {
    if (threshold !== undefined) return threshold;
    if (rows.length === 0) return NaN;
    const values = rows.map((row) => row[j]!).sort((a, b) => a - b);
    return bound(values, Math.max(...front.map((i) => finite[i * m + j]!)));
  });
}

function bound(sorted: readonly number[], worstOfFront: number): number {
  const best = sorted[0]!;
  const median = sorted[Math.floor(sorted.length / 2)]!;
  const worst = sorted[sorted.length - 1]!;
  const edge = Math.max(worstOfFront, Math.min(worst, median + OUTLIER_RATIO * (median - best)));
  const range = edge - best;
  return (
    edge + Math.max(MARGIN * (range > 0 ? range : Math.abs(edge) || 1), LEAST_MARGIN * Math.abs(edge), Number.MIN_VALUE)
  );
}
