/** What is not known of the energy at one instant between two updates of a sensor. */

import { present } from '../../../shared/domain/present.js';
import type { SensorTraits } from '../energy-source.js';
import type { EventLog } from './event-log.js';
import type { KnotStore } from './knot-store.js';

export interface EdgeLedger {
  readonly knots: KnotStore;
  readonly options: { readonly traits: SensorTraits };
  readonly log: EventLog;
  readonly coverage: { readonly share: number };
}

/** One end of a window. */
export interface Edge {
  readonly instant: bigint;
  /** The interval it lies in. */
  readonly interval: number;
  /** Mean power of that interval. */
  readonly watts: number;
  /** Standard uncertainty of this edge alone, in joules: place within the interval, jitter of updates, quantum. */
  readonly edge: number;
  /** The same where the interval is a gap between looks; then `edge` is 0. */
  readonly gap: number;
}

/** Intervals on both sides from which the usual unrest of the load is taken. */
const NEIGHBOURS = 8;
/** Median of the square of a standard normal number. */
const MEDIAN_SQUARE = 0.455;
/** A variance from so few neighbours is itself uncertain: Student's t for 8 degrees of freedom, 2.31, over 2, squared. */
const SMALL_SAMPLE = 1.33;
/** The edge of a window at `instant`, which lies within the knots. */
export function edgeAt(ledger: EdgeLedger, instant: bigint): Edge {
  const { knots, options, log } = ledger;
  const interval = Math.min(Math.max(knots.lastAtOrBefore(instant), 0), knots.length - 2);
  const seconds = knots.seconds(interval);
  const x = Math.min(1, Math.max(0, Number(instant - knots.at(interval)) / 1e9 / seconds));
  const watts = knots.watts(interval);
  const gap = log.first('gap', instant, instant + 1n);
  if (gap && gap.fromNanoseconds < instant) {
    // Anything between nothing and all of the gap's energy may lie on one side: uniform in the middle, none at its ends.
    return { instant, interval, watts, edge: 0, gap: (4 * x * (1 - x) * watts * seconds) / Math.sqrt(12) };
  }
  const own = [knots.timing(interval), knots.timing(interval + 1)].map(({ ownNanoseconds }) => ownNanoseconds / 1e9);
  const jitter = watts * Math.hypot((1 - x) * present(own[0], 'start'), x * present(own[1], 'end'));
  const quantum = options.traits.quantumMicrojoules / 1e6 / Math.sqrt(12);
  const place = Math.sqrt(placeVariance(ledger, interval, x));
  return {
    instant,
    interval,
    watts,
    edge: Math.hypot(place, jitter, quantum, smoothing(ledger, instant, seconds)),
    gap: 0,
  };
}

/**
 * Variance of the linear interpolation at the relative place x of an interval of length T, in J^2.
 *
 * A load that fluctuates like noise makes the energy within the interval a bridge between its known ends, with the
 * variance x (1 - x) s^2 T^2, where s is the standard deviation of the intervals' mean powers: from the median change
 * around, or the median bend where power drifts, so that a single step far away does not count. A load that steps from
 * the power before to the power after errs by what {@link stepError} says; a peak within the interval by up to that.
 *
 * Both terms in squares hold the truth within two standard uncertainties in 93 to 99 % of windows over the
 * mixture of steady, noisy, stepping, square, bursting, ramping and training loads of
 * `tests/agent/meter/ledger/uncertainty.test.ts`. A load that repeats exactly once per update shows nothing of itself
 * between updates, and is then underestimated.
 */
function placeVariance({ knots }: EdgeLedger, interval: number, x: number): number {
  const from = Math.max(0, interval - NEIGHBOURS);
  const to = Math.min(knots.length - 2, interval + NEIGHBOURS);
  const watts: number[] = [];
  for (let i = from; i <= to; i++) watts.push(knots.watts(i));
  const changes = watts.slice(1).map((value, i) => value - present(watts[i], 'neighbour'));
  const bends = changes.slice(1).map((value, i) => value - present(changes[i], 'change'));
  const here = interval - from;
  const own = present(watts[here], 'interval');
  const step = stepError({ before: watts[here - 1] ?? own, own, after: watts[here + 1] ?? own }, x);
  const seconds = knots.seconds(interval);
  const place = x * (1 - x);
  const unrest = (place * Math.min(medianSquare(changes) / 2, medianSquare(bends) / 6)) / MEDIAN_SQUARE;
  return (SMALL_SAMPLE * unrest + step ** 2) * seconds ** 2;
}

function medianSquare(values: readonly number[]): number {
  return values.map((value) => value ** 2).sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** By how much the line is off at x, per length of the interval, if the load steps from the power before to that after. */
function stepError({ before, own, after }: { before: number; own: number; after: number }, x: number): number {
  const stepsAt = (after - own) / (after - before);
  if (stepsAt >= 0 && stepsAt <= 1) return x < stepsAt ? Math.abs(own - before) * x : Math.abs(own - after) * (1 - x);
  return (x * (1 - x) * Math.max(Math.abs(own - before), Math.abs(own - after))) / Math.sqrt(3);
}

/**
 * Readings that are means over a time A longer than an update smear a step of power: the energy at an instant within
 * A / 2 of a step d is wrong by up to d A / 8, for an instant anywhere there by some d A / 8 / sqrt(3).
 */
function smoothing({ knots, options }: EdgeLedger, instant: bigint, seconds: number): number {
  const { averagingNanoseconds } = options.traits;
  const excess = Number(averagingNanoseconds) / 1e9 - 1.2 * seconds;
  if (excess <= 0) return 0;
  const from = Math.max(0, knots.lastAtOrBefore(instant - averagingNanoseconds));
  const to = Math.min(knots.length - 2, Math.max(from, knots.lastAtOrBefore(instant + averagingNanoseconds)));
  let [least, most] = [Infinity, 0];
  for (let i = from; i <= to; i++) {
    const watts = knots.watts(i);
    least = Math.min(least, watts);
    most = Math.max(most, watts);
  }
  return ((most - least) * excess) / 8 / Math.sqrt(3);
}

/**
 * What an error of the updates' instants that is common to both edges does to a window, in joules: it moves the window,
 * which counts only where power differs between its ends, and stretches it by no more than the drift between them.
 */
export function timingJoules(knots: KnotStore, [start, end]: readonly [Edge, Edge]): number {
  const first = knots.timing(start.interval);
  const last = knots.timing(end.interval + 1);
  const [moved, movedEnd] = [first.commonNanoseconds / 1e9, last.commonNanoseconds / 1e9];
  if (first.rhythm !== last.rhythm) return Math.hypot(start.watts * moved, end.watts * movedEnd);
  const elapsed = Number(end.instant - start.instant) / 1e9;
  // What was learnt of the phase in between moved later updates only.
  const learnt = Math.sqrt(Math.max(0, moved ** 2 - movedEnd ** 2));
  const stretch = Math.min(Math.hypot(moved, movedEnd), Math.hypot(learnt, last.drift * elapsed));
  const shift = Math.max(moved, movedEnd);
  return Math.hypot((end.watts - start.watts) * shift, ((end.watts + start.watts) / 2) * stretch);
}
