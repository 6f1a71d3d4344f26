/** What a slow swing, of which less than a few periods were seen, leaves unknown of the energy of a window. */

import type { BeatFinder } from './beat-finder.js';
import { halfSwings, REACH, type HalfSwing } from './half-swing.js';
import type { KnotStore } from './knot-store.js';
import type { Stretch } from './timeline.js';

export interface SwingingLedger {
  readonly knots: KnotStore;
  readonly beats: Pick<BeatFinder, 'within'>;
  /** Share of the time at which the sensor looks. */
  readonly coverage: { readonly share: number };
}

interface Span {
  readonly start: bigint;
  readonly end: bigint;
}

/** In longer windows, counted in intervals, a few half swings change little, and all others are found as beats. */
const LONGEST_WINDOW = 8192;

/** A half swing on the sensor's time. */
interface KnownSwing extends Stretch, HalfSwing {
  readonly halfSeconds: number;
}

/** Half swings that overlap a window and are no part of a beat that was found. */
function swingsWithin({ knots, beats, coverage }: SwingingLedger, { start, end }: Span): readonly KnownSwing[] {
  if (coverage.share >= 1) return [];
  const inFirst = Math.max(0, knots.lastAtOrBefore(start));
  const inLast = Math.max(inFirst, knots.lastAtOrBefore(end - 1n));
  if (inLast - inFirst > LONGEST_WINDOW) return [];
  const first = Math.max(0, inFirst - REACH);
  const last = Math.min(knots.length - 2, inLast + REACH);
  const watts = Float64Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => knots.watts(first + i));
  return halfSwings(watts)
    .map((swing) => {
      const fromNanoseconds = knots.at(first + swing.first);
      const toNanoseconds = knots.at(first + swing.last + 1);
      const tick = Number(toNanoseconds - fromNanoseconds) / 1e9 / (swing.last + 1 - swing.first);
      return { ...swing, fromNanoseconds, toNanoseconds, halfSeconds: swing.half * tick };
    })
    .filter(({ fromNanoseconds: from, toNanoseconds: to }) => {
      return from < end && to > start && beats.within(from, to).length === 0;
    });
}

/**
 * In joules. The mean power over such a stretch may be any between the least and the most that it shows: uniform, around
 * the middle of both. Of whole swings all but one half cancels.
 */
export function swingJoules(ledger: SwingingLedger, window: Span): number {
  const parts = swingsWithin(ledger, window).map((swing) => {
    const { lowWatts, highWatts, halfSeconds } = swing;
    const from = swing.fromNanoseconds > window.start ? swing.fromNanoseconds : window.start;
    const to = swing.toNanoseconds < window.end ? swing.toNanoseconds : window.end;
    const seconds = Number(to - from) / 1e9;
    const watts = (joulesAt(ledger.knots, to) - joulesAt(ledger.knots, from)) / seconds;
    const off = watts - (lowWatts + highWatts) / 2;
    return Math.hypot(off, (highWatts - lowWatts) / Math.sqrt(12)) * Math.min(seconds, halfSeconds);
  });
  return Math.hypot(...parts);
}

/** Since the first knot. */
function joulesAt(knots: KnotStore, instant: bigint): number {
  const i = Math.min(Math.max(0, knots.lastAtOrBefore(instant)), knots.length - 2);
  return Number(knots.energy(i) - knots.energy(0)) / 1e6 + (knots.watts(i) * Number(instant - knots.at(i))) / 1e9;
}
