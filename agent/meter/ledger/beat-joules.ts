/** What a beat between load and sensor does to the energy of a window. */

import type { Beat, BeatFinder } from './beat-finder.js';
import type { KnotStore } from './knot-store.js';

export interface BeatingLedger {
  readonly knots: KnotStore;
  readonly beats: Pick<BeatFinder, 'within'>;
}

/** History on each side of a window from which its beat is judged, in nanoseconds, and in lengths of the window. */
const REACH_NANOSECONDS = 60_000_000_000n;
const REACH_WINDOWS = 3n;
/** Windows of the same length laid over that history. */
const TRIALS = 256;
/** Two standard uncertainties are to hold this share of them. */
const HELD = 0.95;

/**
 * Half the deviation that 95 % of windows of this length do not exceed, within the beating history around, in joules.
 *
 * Whether a slow swing is in the load or only in the way it is looked at cannot be told, so all of it is uncertain. The
 * deviations of a swing are bounded, not normal: the quantile, not the standard deviation, makes twice the figure hold
 * what it promises.
 */
export function beatJoules(ledger: BeatingLedger, { start, end }: { start: bigint; end: bigint }): number {
  const parts = ledger.beats.within(start, end).map((beat) => {
    const from = beat.fromNanoseconds > start ? beat.fromNanoseconds : start;
    const to = beat.toNanoseconds < end ? beat.toNanoseconds : end;
    return to > from ? deviation(ledger.knots, beat, { from, to }) : 0;
  });
  return Math.hypot(...parts);
}

function deviation(knots: KnotStore, beat: Beat, { from, to }: { from: bigint; to: bigint }): number {
  const length = to - from;
  const reach = REACH_WINDOWS * length > REACH_NANOSECONDS ? REACH_WINDOWS * length : REACH_NANOSECONDS;
  const first = knots.lastAtOrBefore(from - reach > beat.fromNanoseconds ? from - reach : beat.fromNanoseconds);
  const last = knots.lastAtOrBefore(to + reach < beat.toNanoseconds ? to + reach : beat.toNanoseconds);
  const begin = Math.max(0, first);
  const origin = knots.at(begin);
  const seconds = Number(knots.at(last) - origin) / 1e9;
  const joules = (i: number): number => Number(knots.energy(i) - knots.energy(begin)) / 1e6;
  const mean = joules(last) / seconds;
  // Whole beats cancel, so a window longer than the history allows is as uncertain as what is left of it.
  const period = beat.periodNanoseconds / 1e9;
  let window = Number(length) / 1e9;
  while (window > period && seconds - window < period) window -= period;
  const room = seconds - window;
  if (room <= 0) return 0;
  const ticks = knots;
  const at = (second: number): number => {
    const instant = origin + BigInt(Math.round(second * 1e9));
    const i = Math.min(ticks.lastAtOrBefore(instant), last - 1);
    return joules(i) + ticks.watts(i) * (Number(instant - ticks.at(i)) / 1e9) - mean * second;
  };
  const errors = Float64Array.from({ length: TRIALS }, (_, i) => {
    const second = (room * i) / TRIALS;
    return Math.abs(at(second + window) - at(second));
  }).sort();
  return (errors[Math.floor(HELD * TRIALS)] ?? 0) / 2;
}
