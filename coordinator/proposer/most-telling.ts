/** Which finished points the models are fitted to when there are more than they can take. */

import type { Objective } from '../../shared/domain/campaign.js';
import { toMinimised } from './objective-scale.js';
import type { ModelPoint } from './value-model.js';

/** Points beyond which a fit takes too long: its cost grows with the third power. */
const MOST_POINTS = 300;

/**
 * At most {@link MOST_POINTS} points in their order: half those that the fewest others dominate, since that is where
 * the front lies, and half evenly spread over the rest, so that what is bad stays known.
 */
export function mostTelling(points: readonly ModelPoint[], objectives: readonly Objective[]): readonly ModelPoint[] {
  if (points.length <= MOST_POINTS) return points;
  const outcomes = points.map(({ observation: { values, feasible } }) =>
    objectives.map((objective, j) => (feasible ? toMinimised(objective, values[j] ?? NaN) : NaN)),
  );
  const ranked = points
    .map((_, i) => ({ i, beaten: timesBeaten(outcomes[i]!, outcomes) }))
    .sort((a, b) => a.beaten - b.beaten || a.i - b.i)
    .map(({ i }) => i);
  const half = MOST_POINTS / 2;
  const rest = ranked.slice(half).sort((a, b) => a - b);
  const spread = Array.from({ length: half }, (_, k) => rest[Math.floor((k * rest.length) / half)]!);
  const kept = new Set([...ranked.slice(0, half), ...spread]);
  return points.filter((_, i) => kept.has(i));
}

/** How many others are better in every objective; points with an unknown objective come last. */
function timesBeaten(outcome: readonly number[], all: readonly (readonly number[])[]): number {
  if (outcome.some(Number.isNaN)) return Infinity;
  return all.filter((other) => other.every((value, j) => value < outcome[j]!)).length;
}
