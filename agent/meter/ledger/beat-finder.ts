/** Finds loads whose period beats with a sensor that looks part of the time, and what that does to a window. */

import { rangeOf } from './range-of.js';
import type { EventLog } from './event-log.js';
import type { KnotStore } from './knot-store.js';
import type { Stretch } from './timeline.js';

/** A stretch of history in which the sensor's figure swings slowly, with its period. */
export interface Beat extends Stretch {
  readonly periodNanoseconds: number;
}

/**
 * Updates looked at for a beat, and between two searches: short histories show it early, long ones show slow beats. Each
 * is little longer than the one before, so that a beat is found about as soon as enough of it was seen.
 */
const SEARCHES = [
  { history: 72, every: 4 },
  { history: 96, every: 4 },
  { history: 128, every: 8 },
  { history: 176, every: 16 },
  { history: 256, every: 32 },
] as const;
/** A swing is periodic when it resembles itself one period later to this degree. */
const RESEMBLANCE = 0.6;
/** Swings below this share of the mean power are left to the ordinary terms. */
const SMALLEST_SWING = 0.02;
/** Faster beats, in updates, average out within a window of a second, and look like noise. */
const SHORTEST_BEAT = 6;
/** Intervals a period apart that differ by more than this share of the whole range do not belong to one swing. */
const UNLIKE = 0.3;
/** A swing that covers less than this share of its range within one period has ended. */
const ALIVE = 0.5;
/** Beats within the history looked at. */
const FEWEST_BEATS = 2.5;
/** A swing whose changes from update to update are larger than those of a sine by this factor is a faster one, or noise. */
const ROUGHEST = 2;
/** A load that itself goes up and down in steps has nearly all its change in two intervals per period. */
const SHARPEST = 0.6;
const MAX_BEATS = 1000;

/**
 * A load of period L near the sensor's tick T (or a fraction of it) shows as a slow swing of period T L / |T - L|,
 * smooth even where the load is a square wave, since what the sensor looks at slides slowly along the load. A slow
 * swing of the load itself looks the same when it is as smooth, and nobody can tell one from the other. Loads that
 * switch are told by their sharp steps.
 */
export class BeatFinder {
  #beats: Beat[] = [];
  #seen = 0;
  /** The swing that goes on. */
  #swing: Swing | undefined;

  /** The beats that overlap the window. */
  within(start: bigint, end: bigint): readonly Beat[] {
    return this.#beats.filter((beat) => beat.fromNanoseconds < end && beat.toNanoseconds > start);
  }

  /** Looks at the newest update, and once in a while at many; notes what it finds. */
  observe(knots: KnotStore, log: EventLog): void {
    this.#goOn(knots);
    this.#seen++;
    for (const { history, every } of SEARCHES) {
      const first = knots.length - 1 - history;
      if (first < 0 || this.#seen % every > 0) continue;
      const swing = swingOf(knots.newestWatts(history));
      if (swing !== undefined) this.#begin(knots, first, swing);
    }
    const last = this.#beats.at(-1);
    if (last && this.#swing) log.note('beats', last.fromNanoseconds, last.toNanoseconds);
  }

  #begin(knots: KnotStore, offset: number, swing: Swing): void {
    // The load begins and ends somewhere within the intervals beside those that show it.
    const first = Math.max(0, beginOf(knots, offset + swing.first, swing) - 1);
    const last = Math.min(knots.length - 1, offset + swing.last + 2);
    const [fromNanoseconds, toNanoseconds] = [knots.at(first), knots.at(last)];
    const tick = Number(toNanoseconds - fromNanoseconds) / (last - first);
    this.#extend({ fromNanoseconds, toNanoseconds, periodNanoseconds: swing.period * tick });
    this.#swing = toNanoseconds === knots.at(knots.length - 1) ? swing : undefined;
  }

  /** Follows a swing that was found until an update differs too much from the one a period before. */
  #goOn(knots: KnotStore): void {
    const last = this.#beats.at(-1);
    if (last === undefined || this.#swing === undefined) return;
    const i = knots.length - 2;
    const { period, range } = this.#swing;
    const recent = knots.newestWatts(Math.min(period, i) + 1);
    this.#extend({ ...last, toNanoseconds: knots.at(i + 1) });
    const isUnlike = Math.abs((recent.at(-1) ?? 0) - (recent[0] ?? 0)) > UNLIKE * range;
    if (isUnlike || rangeOf(recent) < ALIVE * range) this.#swing = undefined;
  }

  forgetBefore(instant: bigint): void {
    this.#beats = this.#beats.filter(({ toNanoseconds }) => toNanoseconds >= instant).slice(-MAX_BEATS);
  }

  #extend(found: Beat): void {
    const last = this.#beats.at(-1);
    if (last === undefined || last.toNanoseconds < found.fromNanoseconds) this.#beats.push(found);
    else {
      const { fromNanoseconds } = last.fromNanoseconds < found.fromNanoseconds ? last : found;
      this.#beats[this.#beats.length - 1] = { ...found, fromNanoseconds };
    }
  }
}

/** A smooth swing in a row of mean powers: its period in intervals, its first and last interval, its range in watts. */
export interface Swing {
  readonly period: number;
  readonly range: number;
  readonly first: number;
  readonly last: number;
}

/** The smooth swing that most of these mean powers follow; `undefined` when there is none. */
export function swingOf(watts: Float64Array): Swing | undefined {
  const { mean, variance } = spreadOf(watts);
  if (Math.sqrt(variance) < SMALLEST_SWING * mean) return undefined;
  const swing = watts.map((value) => value - mean);
  const period = periodOf(swing, variance);
  if (period === undefined || period < SHORTEST_BEAT) return undefined;
  const roughness = (2 * (variance - correlation(swing, 1))) / variance;
  if (roughness > ROUGHEST * 2 * (1 - Math.cos((2 * Math.PI) / period))) return undefined;
  return sharpness(watts, period) < SHARPEST ? extentOf(watts, period) : undefined;
}

/** Asked for at nearly every update. */
function spreadOf(watts: Float64Array): { readonly mean: number; readonly variance: number } {
  let [sum, square] = [0, 0];
  for (const value of watts) sum += value;
  const mean = sum / watts.length;
  for (const value of watts) square += (value - mean) ** 2;
  return { mean, variance: square / watts.length };
}

/** The first lag, after the swing has turned, at which it resembles itself best. */
function periodOf(swing: Float64Array, variance: number): number | undefined {
  const longest = swing.length / FEWEST_BEATS;
  let lag = 1;
  while (lag < longest && correlation(swing, lag) > 0) lag++;
  while (lag < longest && correlation(swing, lag) < RESEMBLANCE * variance) lag++;
  while (lag < longest && correlation(swing, lag + 1) > correlation(swing, lag)) lag++;
  return lag < longest ? lag : undefined;
}

/** Where the swing begins and ends: the longest run of intervals like those a period later, while it swings at all. */
function extentOf(watts: Float64Array, period: number): Swing | undefined {
  const range = rangeOf(watts);
  // The period is no whole number of intervals: the likest of three counts.
  const goesOn = (i: number): boolean =>
    [i + period - 1, i + period, i + period + 1].some(
      (j) => Math.abs((watts[i] ?? 0) - (watts[j] ?? NaN)) <= UNLIKE * range,
    ) && rangeOf(watts.subarray(i, i + period + 1)) >= ALIVE * range;
  let [first, length] = [0, 0];
  for (let i = 0, run = 0; i + period < watts.length; i++) {
    run = goesOn(i) ? run + 1 : 0;
    if (run > length) [first, length] = [i + 1 - run, run];
  }
  return length < period / 2 ? undefined : { period, range, first, last: first + length - 1 + period };
}

/** The swing may have begun before the history that showed it. */
function beginOf(knots: KnotStore, found: number, { period, range }: Swing): number {
  let first = found;
  const differs = (i: number): boolean => Math.abs(knots.watts(i) - knots.watts(i + period)) > UNLIKE * range;
  while (first > 0 && found - first < period && !differs(first - 1)) first--;
  return first;
}

/** Share of all change that the two largest changes per period make up. */
function sharpness(watts: Float64Array, period: number): number {
  const changes = watts.slice(1).map((value, i) => (value - (watts[i] ?? 0)) ** 2);
  changes.sort((a, b) => b - a);
  const most = Math.round((2 * watts.length) / period);
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  return sum(changes.slice(0, most)) / sum(changes);
}

function correlation(swing: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = 0; i + lag < swing.length; i++) sum += (swing[i] ?? 0) * (swing[i + lag] ?? 0);
  return sum / (swing.length - lag);
}
