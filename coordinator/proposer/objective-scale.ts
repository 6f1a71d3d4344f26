/** Outcomes in user units and in the units of the model: minimised, on the objective's scale, outliers drawn in. */

import type { Objective } from '../../shared/domain/campaign.js';

/** Values further above the median than this many times (median - best) are drawn in to there. */
const OUTLIER_RATIO = 10;
/** Leaves room for sums; nobody measures anything beyond. */
const FARTHEST = 1e290;

/** A user's value in minimised units on the scale of the model; NaN where it has none, such as 0 on a log scale. */
export function toMinimised({ goal, scale }: Pick<Objective, 'goal' | 'scale'>, value: number): number {
  const scaled = scale === 'log' ? Math.log(value) : value;
  return Number.isFinite(scaled) ? withinReach(goal === 'minimize' ? scaled : -scaled) : NaN;
}

/** A value, drawn in to where differences and sums of many still are numbers. */
export const withinReach = (value: number): number => Math.min(Math.max(value, -FARTHEST), FARTHEST);

/** A standard uncertainty in user units on the scale of the model, to first order. */
export const toMinimisedNoise = ({ scale }: Pick<Objective, 'scale'>, value: number, noise: number): number =>
  scale === 'log' ? noise / value : noise;

/**
 * Draws hopeless values in, so that one diverged result does not flatten the rest.
 *
 * Values above median + {@link OUTLIER_RATIO} (median - best) become that; the order of all others stays.
 */
export function drawInOutliers(values: Float64Array): Float64Array {
  const sorted = values.toSorted();
  const median = sorted[Math.floor(sorted.length / 2)]!;
  const spread = median - sorted[0]!;
  if (!(spread > 0)) return values;
  return values.map((value) => Math.min(value, median + OUTLIER_RATIO * spread));
}
