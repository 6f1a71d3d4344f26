/** What a sensor that looks only part of the time does not see of a window. */

import type { SensorTraits } from '../energy-source.js';
import type { KnotStore } from './knot-store.js';

export interface SampledLedger {
  readonly knots: KnotStore;
  readonly options: { readonly traits: SensorTraits };
  readonly coverage: { readonly share: number };
}

/** The unrest of a short window is judged by at least so many intervals around it. */
const FEWEST_INTERVALS = 24;

/** Unseen energy of one interval as a variance, and the change of power over the window. */
export interface Unrest {
  /** Share of the time that the sensor sees. */
  readonly seen: number;
  /** Variance per interval of what is not seen, in J^2. */
  readonly variance: number;
  readonly seconds: number;
}

/** Standard uncertainty from the time at which the sensor does not look, in joules. */
export function samplingJoules(ledger: SampledLedger, { start, end }: { start: bigint; end: bigint }): number {
  const { knots } = ledger;
  const first = Math.max(0, knots.lastAtOrBefore(start));
  const last = Math.min(knots.length - 1, Math.max(first, knots.lastAtOrBefore(end - 1n)) + 1);
  const { seen, variance, seconds } = unrestOf(ledger, first, last);
  if (seen >= 1) return 0;
  const intervals = Number(end - start) / 1e9 / seconds;
  // Where in its period the sensor looks is not known: anywhere in the unseen part, the same for all windows.
  const shift = (((1 - seen) * seconds) / 2 / Math.sqrt(3)) * (knots.watts(last - 1) - knots.watts(first));
  return Math.hypot(Math.sqrt(intervals * variance), shift);
}

/**
 * The unrest of the load around some intervals, as the sensor shows it.
 *
 * Changes of power that turn back at once (their products with the next change are below 0) are noise between
 * intervals: with the variance s^2 of an interval's figure, what was not looked at adds (1 - share) s^2. All other
 * changes are steps that last: a step d that falls anywhere in an interval is misjudged with the variance
 * ((1 - share) d)^2 / 12. What the unknown instants of updates add to both sums is taken off.
 */
export function unrestOf({ knots, options, coverage }: SampledLedger, first: number, last: number): Unrest {
  const more = Math.max(0, FEWEST_INTERVALS - (last - first));
  const from = Math.max(0, first - (more >> 1));
  const to = Math.min(knots.length - 1, last + more - (more >> 1));
  const count = to - from;
  const seconds = Number(knots.at(to) - knots.at(from)) / 1e9 / count;
  const { traits } = options;
  const isPointwise = traits.reads === 'power' && !traits.latched;
  const seen = isPointwise
    ? Math.min(coverage.share, Number(traits.averagingNanoseconds) / 1e9 / seconds)
    : coverage.share;
  const shakes = knots.shakes(to) - knots.shakes(from);
  const jumps = Math.max(0, knots.jumps(to) - knots.jumps(from) - 6 * shakes) / count;
  const turns = (knots.turns(to) - knots.turns(from) + 4 * shakes) / count;
  const noise = Math.min(Math.max(0, -turns), jumps / 2);
  const steps = jumps - 2 * noise;
  return { seen, seconds, variance: (1 - seen) * noise + ((1 - seen) ** 2 * steps) / 12 };
}
