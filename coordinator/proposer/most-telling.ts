/** Which finished points the models are fitted to when there are more than they can take. */

import type { Objective } from '../../shared/domain/campaign.js';
import { toMinimised } from './objective-scale.js';
import type { ModelPoint } from './value-model.js';

/** Points beyond which a fit takes too long: its cost grows with the third power. */
const MOST_POINTS = 500;

/**
 * At most `most` points in their order: half those that the fewest others of their class dominate, since that is where
 * the front lies, and half evenly spread over the rest, so that what is bad stays known.
 */
export function mostTelling(
  points: readonly ModelPoint[],
  objectives: readonly Objective[],
  most = MOST_POINTS,
): readonly ModelPoint[] {
  if (points.length <= most) return points;
  const outcomes = points.map(({ task, observation: { values, feasible } }) => ({
    task,
    values: objectives.map((objective, j) => (feasible ? toMinimised(objective, values[j] ?? NaN) : NaN)),
  }));
  const ranked = outcomes
    .map((outcome, i) => ({ i, beaten: timesBeaten(outcome, outcomes) }))
    .sort((a, b) => a.beaten - b.beaten || a.i - b.i)
    .map(({ i }) => i);
  const half = most / 2;
  const rest = ranked.slice(half).sort((a, b) => a - b);
  const spread = Array.from({ length: half }, (_, k) => rest[Math.floor((k * rest.length) / half)]!);
  const kept = new Set([...ranked.slice(0, half), ...spread]);
  return points.filter((_, i) => kept.has(i));
}

interface ClassOutcome {
  readonly task: number;
  readonly values: readonly number[];
}

/** How many others of its class are better in every objective; points with an unknown objective come last. */
function timesBeaten({ task, values }: ClassOutcome, all: readonly ClassOutcome[]): number {
  if (values.some(Number.isNaN)) return Infinity;
  return all.filter((other) => other.task === task && other.values.every((value, j) => value < values[j]!)).length;
}
