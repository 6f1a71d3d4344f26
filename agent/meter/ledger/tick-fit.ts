/** Fits one period and one phase to the brackets in which the updates of a sensor were seen. */

/** Update number `tick` happened after `low` and not after `high`, in nanoseconds from any origin. */
export interface Bracket {
  readonly tick: number;
  readonly low: number;
  readonly high: number;
}

/** Instants of a regular sensor, in nanoseconds; errors are standard uncertainties. */
export interface TickFit {
  readonly period: number;
  readonly periodError: number;
  /** Instant of the newest bracket's update. */
  readonly phase: number;
  readonly phaseError: number;
  /** By how much updates are off the rhythm, as far as the brackets show it; 0 where all admit it. */
  readonly misfit: number;
}

/** Steps of the two searches, which narrow by a third and by a half each: to far below what the brackets can tell. */
const TERNARY_STEPS = 24;
const BISECTION_STEPS = 16;
/** Standard deviation of one coordinate of a point that lies anywhere in a polygon, over half its extent: between 1/sqrt(3) (box) and 1/sqrt(6) (rhombus). */
const POLYGON_SPREAD = 0.5;

/**
 * For a given period the phase must lie above every bracket's lower end and below every upper one, all carried to the
 * newest tick. The room between is concave in the period: the best period is found by ternary search, and the periods
 * that leave any room by bisection on both sides. With no room at all, the period that lacks least is the best, and
 * half of what is lacking is the jitter of the updates.
 */
export function fitTicks(brackets: readonly Bracket[], guess: number): TickFit {
  const last = brackets.at(-1)?.tick ?? 0;
  const span = Math.max(1, last - (brackets[0]?.tick ?? 0));
  const widest = brackets.reduce((most, { low, high }) => Math.max(most, high - low), 0);
  const reach = Math.min(guess / 2, (2 * widest) / span + guess / 100);
  const boundsAt = (period: number): Bounds => bounds(brackets, last, period);
  const best = widestRoom(boundsAt, guess - reach, guess + reach);
  const { low, high } = boundsAt(best);
  if (high <= low) {
    const misfit = (low - high) / 2 / Math.sqrt(3);
    return {
      period: best,
      periodError: misfit / span,
      phase: (low + high) / 2,
      phaseError: misfit / Math.sqrt(span),
      misfit,
    };
  }
  const least = edgeOfRoom(boundsAt, best, guess - reach);
  const most = edgeOfRoom(boundsAt, best, guess + reach);
  const period = (least + most) / 2;
  const middle = boundsAt(period);
  const all = [boundsAt(least), boundsAt(most), middle, { low, high }];
  const lowest = Math.min(...all.map((one) => one.low));
  const highest = Math.max(...all.map((one) => one.high));
  return {
    period,
    periodError: ((most - least) / 2) * POLYGON_SPREAD,
    phase: (middle.low + middle.high) / 2,
    phaseError: ((highest - lowest) / 2) * POLYGON_SPREAD,
    misfit: 0,
  };
}

/** Where the newest update must lie for a given period: above `low`, not above `high`. */
interface Bounds {
  readonly low: number;
  readonly high: number;
}

function bounds(brackets: readonly Bracket[], last: number, period: number): Bounds {
  let low = -Infinity;
  let high = Infinity;
  for (const bracket of brackets) {
    const carried = (last - bracket.tick) * period;
    if (bracket.low + carried > low) low = bracket.low + carried;
    if (bracket.high + carried < high) high = bracket.high + carried;
  }
  return { low, high };
}

function widestRoom(boundsAt: (period: number) => Bounds, from: number, to: number): number {
  const room = (period: number): number => {
    const { low, high } = boundsAt(period);
    return high - low;
  };
  for (let step = 0; step < TERNARY_STEPS; step++) {
    const third = (to - from) / 3;
    if (room(from + third) < room(to - third)) from += third;
    else to -= third;
  }
  return (from + to) / 2;
}

/** The period farthest from `inside`, towards `outside`, that still leaves room. */
function edgeOfRoom(boundsAt: (period: number) => Bounds, inside: number, outside: number): number {
  for (let step = 0; step < BISECTION_STEPS; step++) {
    const middle = (inside + outside) / 2;
    const { low, high } = boundsAt(middle);
    if (high > low) inside = middle;
    else outside = middle;
  }
  return inside;
}
