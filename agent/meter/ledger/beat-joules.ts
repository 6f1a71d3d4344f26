/** What a beat between load and sensor does to the energy of a window. */

import type { Beat } from './beat-finder.js';
import { swingJoules, type SwingingLedger } from './half-swing-joules.js';
import type { KnotStore } from './knot-store.js';

/** History on each side of a window from which its beat is judged, in nanoseconds, and in lengths of the window. */
const REACH_NANOSECONDS = 60_000_000_000n;
const REACH_WINDOWS = 3n;
/** Windows of the same length laid over that history. */
const TRIALS = 96;
/** Lengths tried where it is not clear how much of the window beats. */
const LENGTHS = 4;
/** Powers this close, as a share of the highest, are level. */
const LEVEL = 0.05;
/** Two standard uncertainties are to hold this share of them. */
const HELD = 0.95;
/** The mean power is known from few swings, and the deviations from some of their phases. */
const MARGIN = 1.05;

/**
 * Half the deviation that 95 % of windows of this length do not exceed, within the beating history around, in joules.
 *
 * Whether a slow swing is in the load or only in the way it is looked at cannot be told, so all of it is uncertain. The
 * deviations of a swing are bounded, not normal: the quantile, not the standard deviation, makes twice the figure hold
 * what it promises.
 */
export function beatJoules(ledger: SwingingLedger, window: Span): number {
  const { knots, beats } = ledger;
  const parts = beats.within(window.start, window.end).map((beat) => {
    const whole = { start: beat.fromNanoseconds, end: beat.toNanoseconds };
    const longest = overlap(window, whole);
    const shortest = overlap(window, sureSpan(knots, beat));
    const history = historyOf(knots, beat, window);
    const tried = longest > shortest ? LENGTHS : 1;
    const lengths = Array.from({ length: tried }, (_, i) => longest - ((longest - shortest) * i) / LENGTHS);
    return Math.max(...lengths.map((length) => deviation(history, length, beat.periodNanoseconds / 1e9)));
  });
  return Math.hypot(...parts, swingJoules(ledger, window));
}

interface Span {
  readonly start: bigint;
  readonly end: bigint;
}

/** In seconds. */
function overlap(a: Span, b: Span): number {
  const start = a.start > b.start ? a.start : b.start;
  const end = a.end < b.end ? a.end : b.end;
  return end > start ? Number(end - start) / 1e9 : 0;
}

/**
 * The part of a beat that is beating for sure: at its ends the swing may be level with what lies beside it, and then the
 * load may as well have begun later, or ended earlier.
 */
function sureSpan(knots: KnotStore, { fromNanoseconds, toNanoseconds, periodNanoseconds }: Beat): Span {
  let first = Math.max(0, knots.lastAtOrBefore(fromNanoseconds));
  let last = Math.max(first, knots.lastAtOrBefore(toNanoseconds) - 1);
  const [before, after] = [knots.watts(Math.max(0, first - 1)), knots.watts(Math.min(last + 1, knots.length - 2))];
  const most = Math.floor(periodNanoseconds / 1e9 / knots.seconds(first));
  const tolerance = LEVEL * knots.peakWatts(first, last + 1);
  for (let i = 0; i < most && first < last && Math.abs(knots.watts(first) - before) < tolerance; i++) first++;
  for (let i = 0; i < most && last > first && Math.abs(knots.watts(last) - after) < tolerance; i++) last--;
  return { start: knots.at(first), end: knots.at(last + 1) };
}

/** A stretch of history: its length, and the energy from its start, both in SI units. */
interface History {
  readonly seconds: number;
  readonly joulesAt: (seconds: number) => number;
}

function historyOf(knots: KnotStore, beat: Beat, { start, end }: Span): History {
  const lengths = REACH_WINDOWS * (end - start);
  const reach = lengths > REACH_NANOSECONDS ? lengths : REACH_NANOSECONDS;
  const earliest = start - reach > beat.fromNanoseconds ? start - reach : beat.fromNanoseconds;
  const latest = end + reach < beat.toNanoseconds ? end + reach : beat.toNanoseconds;
  const first = Math.max(0, knots.lastAtOrBefore(earliest));
  const last = Math.max(first + 1, knots.lastAtOrBefore(latest));
  const [origin, before] = [knots.at(first), knots.energy(first)];
  const joulesAt = (seconds: number): number => {
    const instant = origin + BigInt(Math.round(seconds * 1e9));
    const i = Math.min(Math.max(first, knots.lastAtOrBefore(instant)), last - 1);
    return Number(knots.energy(i) - before) / 1e6 + (knots.watts(i) * Number(instant - knots.at(i))) / 1e9;
  };
  return { seconds: Number(knots.at(last) - origin) / 1e9, joulesAt };
}

/** Of the energy of windows of one length from that of the mean power, as half of what most do not exceed. */
function deviation({ seconds, joulesAt }: History, length: number, period: number): number {
  const energies = (window: number): Float64Array => {
    const room = Math.max(0, seconds - window);
    return Float64Array.from({ length: TRIALS }, (_, i) => {
      const start = (room * i) / TRIALS;
      return joulesAt(start + window) - joulesAt(start);
    });
  };
  // The mean over one swing is the same wherever it begins; the median leaves out an idle stretch at an end.
  const mean = (energies(period).sort()[TRIALS >> 1] ?? 0) / period;
  // Whole swings cancel, so a window too long to be tried in all its phases is as uncertain as what is left of it.
  let window = length;
  while (window > period && seconds - window < period) window -= period;
  const deviations = energies(window).map((energy) => Math.abs(energy - mean * window));
  return (MARGIN * (deviations.sort()[Math.floor(HELD * TRIALS)] ?? 0)) / 2;
}
