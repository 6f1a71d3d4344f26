/** Tells when the models mislead: result after result adds nothing to the front, and is not what was predicted. */

import { solveLower } from '../linalg/cholesky.js';
import type { GaussianProcess } from '../surrogate/gaussian-process.js';
import type { FittedModels } from './fit-models.js';
import type { RequestContext } from './request-context.js';

/** Results in a row without gain before anything is suspected; each further as many are looked at again. */
const PATIENCE = 8;
/** Leave-one-out residual, in standard deviations, above which a result counts as a surprise. */
const SURPRISE = 2.5;

/**
 * True when the next proposal should explore instead of following the models: a multiple of {@link PATIENCE} model-based
 * configurations in a row, those pending included, are not on the predicted front, and one of those finished surprised.
 *
 * @param front - canonical features (as text) of the predicted front.
 */
export function isStalled(
  { request, points }: RequestContext,
  models: FittedModels,
  front: ReadonlySet<string>,
): boolean {
  const { start, first } = request.settings;
  const proposed = points.slice(start + first.length);
  const last = proposed.findLastIndex(({ features }) => front.has(features.join()));
  const idle = proposed.slice(last + 1);
  const count = idle.length + request.pending.length;
  if (idle.length < PATIENCE || count % PATIENCE !== 0) return false;
  const rows = new Set(idle.map(({ features }) => features.join()));
  return models.objectives.some(({ process }) => largestResidual(process, rows) > SURPRISE);
}

/** Largest leave-one-out residual of the named rows: alpha_i / sqrt((K^-1)_ii), Rasmussen & Williams (2006), 5.12. */
function largestResidual({ set, L, alpha }: GaussianProcess, rows: ReadonlySet<string>): number {
  const n = alpha.length;
  const d = set.kinds.length;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    if (!rows.has(set.X.subarray(i * d, i * d + d).join())) continue;
    const column = new Float64Array(n);
    column[i] = 1;
    solveLower(L, n, column);
    const precision = column.reduce((sum, value) => sum + value * value, 0);
    largest = Math.max(largest, Math.abs(alpha[i]!) / Math.sqrt(precision));
  }
  return largest;
}
