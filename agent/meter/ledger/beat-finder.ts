/** Finds loads whose period beats with a sensor that looks part of the time, and what that does to a window. */

import type { EventLog } from './event-log.js';
import type { KnotStore } from './knot-store.js';
import type { Stretch } from './timeline.js';

/** A stretch of history in which the sensor's figure swings slowly, with its period. */
export interface Beat extends Stretch {
  readonly periodNanoseconds: number;
}

/** Updates looked at for a beat: short histories show it early, long ones show slow beats. */
const HISTORIES = [72, 256] as const;
/** Updates between two searches. */
const EVERY = 16;
/** A swing is periodic when it resembles itself one period later to this degree. */
const RESEMBLANCE = 0.6;
/** Swings below this share of the mean power are left to the ordinary terms. */
const SMALLEST_SWING = 0.02;
/** Faster beats, in updates, average out within a window of a second, and look like noise. */
const SHORTEST_BEAT = 6;
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
  #sinceSearch = 0;

  /** The beats that overlap the window. */
  within(start: bigint, end: bigint): readonly Beat[] {
    return this.#beats.filter((beat) => beat.fromNanoseconds < end && beat.toNanoseconds > start);
  }

  /** Looks at the newest updates, once in a while; notes what it finds. */
  observe(knots: KnotStore, log: EventLog): void {
    if (++this.#sinceSearch < EVERY) return;
    this.#sinceSearch = 0;
    for (const history of HISTORIES) {
      const first = knots.length - 1 - history;
      if (first < 0) return;
      const ticks = beatOf(Float64Array.from({ length: history }, (_, i) => knots.watts(first + i)));
      if (ticks === undefined) continue;
      const [from, to] = [knots.at(first), knots.at(knots.length - 1)];
      log.note('beats', from, to);
      this.#extend({
        fromNanoseconds: from,
        toNanoseconds: to,
        periodNanoseconds: (ticks / history) * Number(to - from),
      });
      return;
    }
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

/** Period of a smooth swing, in intervals; `undefined` when there is none. */
export function beatOf(watts: Float64Array): number | undefined {
  const mean = watts.reduce((sum, value) => sum + value, 0) / watts.length;
  const swing = watts.map((value) => value - mean);
  const variance = correlation(swing, 0);
  if (Math.sqrt(variance) < SMALLEST_SWING * mean) return undefined;
  let lag = 1;
  while (lag < watts.length / FEWEST_BEATS && correlation(swing, lag) > 0) lag++;
  let [best, period] = [0, 0];
  for (; lag <= watts.length / FEWEST_BEATS; lag++) {
    const resemblance = correlation(swing, lag) / variance;
    if (resemblance > best) [best, period] = [resemblance, lag];
  }
  if (best < RESEMBLANCE || period < SHORTEST_BEAT) return undefined;
  const roughness = (2 * (variance - correlation(swing, 1))) / variance;
  if (roughness > ROUGHEST * 2 * (1 - Math.cos((2 * Math.PI) / period))) return undefined;
  return sharpness(watts, period) < SHARPEST ? period : undefined;
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
