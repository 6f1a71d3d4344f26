/** Finds slow swings of power that too few periods were seen of to tell whether the load swings or the sensor's view of it. */

import { present } from '../../../shared/domain/present.js';

/** A stretch of intervals whose mean power is not known: it may be that of any of the powers seen in it. */
export interface HalfSwing {
  /** Its first and last interval. */
  readonly first: number;
  readonly last: number;
  /** The most that is known to pass between two turns of the swing, in intervals. */
  readonly half: number;
  /** Least and most power of the swing. */
  readonly lowWatts: number;
  readonly highWatts: number;
}

/** Powers of successive intervals between a lowest and a highest. */
interface Leg {
  /** First and last interval of the part that leads from one level to the other. */
  readonly from: number;
  readonly to: number;
  readonly isRising: boolean;
  readonly isSmooth: boolean;
}

/** Swings below this share of the mean power are left to the ordinary terms. */
const SMALLEST_SWING = 0.05;
/** Power has turned when it has gone back by this share of the way it came. */
const TURNED = 0.25;
/** The levels that a leg leads between reach this far into its height. */
const LEVEL = 0.1;
/** A leg of which a single change makes up more than this share is a step. */
const STEEPEST = 0.45;
/** Products of successive changes over their squares: 0 for steps, below for noise, near 1 for a slope. */
const SMOOTHEST = 0.25;
/** Slower swings are followed by the sensor whatever the load: a load would have to be this close to its tick. */
const LONGEST_LEG = 40;
/** A load that is level for more than so many lengths of the leg that led there does not swing. */
const LONGEST_LEVEL = 3;
/** Intervals on both sides of a window by which its half swings can be told. */
export const REACH = LONGEST_LEG * (1 + 2 * LONGEST_LEVEL);

/**
 * A square wave of the period L shows to a sensor that looks for the share s of its tick T as a slope that takes up to
 * s of the beat, with a level of up to (1 - 2 s) of it at its upper end, and then a slope back. A slope whose upper level
 * was not seen to last may therefore be the first of a beat: the level has an end, be it by a slope or by that of what is known.
 */
export function halfSwings(watts: Float64Array): readonly HalfSwing[] {
  const legs = legsOf(watts);
  const found: HalfSwing[] = [];
  legs.forEach((leg, i) => {
    const swing = aroundLeg(watts, legs, i);
    if (!leg.isSmooth || swing === undefined) return;
    const known = found.at(-1);
    if (known === undefined || known.last < swing.first - 1) found.push(swing);
    else found[found.length - 1] = joined(known, swing);
  });
  return found;
}

/** A leg with the levels at both its ends; `undefined` when the upper one lasts, or is that of a load that steps. */
function aroundLeg(watts: Float64Array, legs: readonly Leg[], i: number): HalfSwing | undefined {
  const leg = present(legs[i], 'leg');
  const reach = LONGEST_LEVEL * (leg.to - leg.from + 1);
  const [before, after] = [legs[i - 1], legs[i + 1]];
  const first = Math.max(before === undefined ? 0 : before.to + 1, leg.from - reach);
  const last = Math.min(after === undefined ? watts.length - 1 : after.from - 1, leg.to + reach);
  const levels = [leg.from - first, last - leg.to];
  const [upper, lower] = leg.isRising ? levels.reverse() : levels;
  if (present(upper, 'level') >= reach) return undefined;
  const beside = leg.isRising ? after : before;
  // A step may be the begin or end of the load: then it is the only one.
  const isOutermost = (leg.isRising ? i + 2 : i - 1) === (leg.isRising ? legs.length : 0);
  if (beside?.isSmooth === false && !(isOutermost && present(lower, 'level') < reach)) return undefined;
  const middle = (leg.from + leg.to) / 2;
  return { first, last, half: Math.max(middle - first, last - middle), ...rangeAround(watts, leg, { first, last }) };
}

/** A leg that is not seen to its end may go on by as much as was seen of it. */
function rangeAround(
  watts: Float64Array,
  { from, to, isRising }: Leg,
  { first, last }: Pick<HalfSwing, 'first' | 'last'>,
) {
  const powers = watts.subarray(first, last + 1);
  const [low, high] = [Math.min(...powers), Math.max(...powers)];
  const isOpen = { atStart: from === 0, atEnd: to === watts.length - 1 };
  const goesLower = isRising ? isOpen.atStart : isOpen.atEnd;
  const goesHigher = isRising ? isOpen.atEnd : isOpen.atStart;
  return {
    lowWatts: goesLower ? Math.max(0, 2 * low - high) : low,
    highWatts: goesHigher ? 2 * high - low : high,
  };
}

function joined(one: HalfSwing, next: HalfSwing): HalfSwing {
  return {
    first: one.first,
    last: next.last,
    half: Math.max(one.half, next.half),
    lowWatts: Math.min(one.lowWatts, next.lowWatts),
    highWatts: Math.max(one.highWatts, next.highWatts),
  };
}

/** From turn to turn. */
function legsOf(watts: Float64Array): readonly Leg[] {
  const floor = (SMALLEST_SWING * watts.reduce((sum, value) => sum + value, 0)) / watts.length;
  const value = (i: number): number => watts[i] ?? 0;
  const legs: Leg[] = [];
  let [low, high, start, isRising] = [0, 0, 0, undefined as boolean | undefined];
  const close = (end: number): void => {
    if (Math.abs(value(end) - value(start)) >= floor) legs.push(legOf(watts, start, end));
    start = end;
  };
  for (let i = 1; i < watts.length; i++) {
    if (value(i) > value(high)) high = i;
    if (value(i) < value(low)) low = i;
    const height = value(high) - value(low);
    const back = isRising === true ? value(high) - value(i) : value(i) - value(low);
    if (isRising === undefined) {
      if (height >= floor) isRising = high > low;
    } else if (back > Math.max(floor, TURNED * height)) {
      close(isRising ? high : low);
      isRising = !isRising;
      [low, high] = isRising ? [start, i] : [i, start];
    }
  }
  if (isRising !== undefined) close(isRising ? high : low);
  return legs;
}

function legOf(watts: Float64Array, start: number, end: number): Leg {
  const value = (i: number): number => watts[i] ?? 0;
  const height = value(end) - value(start);
  const place = (i: number): number => (value(i) - value(start)) / height;
  let [from, to] = [start, end];
  while (from < end && place(from + 1) < LEVEL) from++;
  while (to > from && place(to - 1) > 1 - LEVEL) to--;
  const changes = Array.from(watts.subarray(from, to), (power, i) => (value(from + i + 1) - power) / height);
  const squares = changes.reduce((sum, change) => sum + change ** 2, 0);
  const products = changes.slice(1).reduce((sum, change, i) => sum + change * (changes[i] ?? 0), 0);
  const isSmooth =
    to - from >= 2 && to - from <= LONGEST_LEG && Math.max(...changes) <= STEEPEST && products >= SMOOTHEST * squares;
  return { from, to, isRising: height > 0, isSmooth };
}
