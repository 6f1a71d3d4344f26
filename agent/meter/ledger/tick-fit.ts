/** All periods and phases that the brackets of a regular sensor's updates admit. */

/** Update number `tick` happened after `low` and not after `high`, in nanoseconds from any origin. */
export interface Bracket {
  readonly tick: number;
  readonly low: number;
  readonly high: number;
}

/** A period and the instant of the newest update, in nanoseconds. */
interface Rhythm {
  readonly period: number;
  readonly phase: number;
}

/** The corners of a convex set of rhythms. */
export type Rhythms = readonly Rhythm[];

/** Mean and standard deviations over a set of rhythms, each as likely as any other, in nanoseconds. */
export interface TickFit extends Rhythm {
  readonly periodError: number;
  readonly phaseError: number;
}

/** The same set, told by the update that comes so many ticks later. */
export const advance = (rhythms: Rhythms, ticks: number): Rhythms =>
  rhythms.map(({ period, phase }) => ({ period, phase: phase + ticks * period }));

/** What is left of a set when the update `back` ticks ago lies between `low` and `high`; empty when nothing is. */
export function confine(rhythms: Rhythms, { low, high }: Omit<Bracket, 'tick'>, back = 0): Rhythms {
  const above = clip(rhythms, ({ period, phase }) => phase - back * period - low);
  return clip(above, ({ period, phase }) => high - phase + back * period);
}

/**
 * The rhythms that all brackets admit when every update may be off by `slack`; empty when there is none.
 *
 * Each bracket admits a strip of the plane of period and phase, so that all together admit a polygon.
 */
export function rhythmsWithin(brackets: readonly Bracket[], guess: number, slack: number): Rhythms {
  const last = brackets.at(-1);
  const first = brackets[0];
  if (last === undefined || first === undefined) return [];
  const widest = brackets.reduce((most, { low, high }) => Math.max(most, high - low), 0) + 2 * slack;
  const reach = Math.min(guess / 2, (2 * widest) / Math.max(1, last.tick - first.tick) + guess / 100);
  const loosened = brackets.map(({ tick, low, high }) => ({ tick, low: low - slack, high: high + slack }));
  const { low, high } = { low: last.low - slack, high: last.high + slack };
  const all: Rhythms = [
    { period: guess - reach, phase: low },
    { period: guess + reach, phase: low },
    { period: guess + reach, phase: high },
    { period: guess - reach, phase: high },
  ];
  return loosened.reduceRight((left, bracket) => confine(left, bracket, last.tick - bracket.tick), all);
}

/** The part of a convex polygon where `value`, which is linear, is not below 0 (Sutherland & Hodgman 1974). */
function clip(rhythms: Rhythms, value: (rhythm: Rhythm) => number): Rhythms {
  if (rhythms.every((corner) => value(corner) >= 0)) return rhythms;
  const kept: Rhythm[] = [];
  let before = rhythms.at(-1);
  let valueBefore = before === undefined ? 0 : value(before);
  for (const corner of rhythms) {
    const here = value(corner);
    if (before !== undefined && here >= 0 !== valueBefore >= 0) {
      const share = valueBefore / (valueBefore - here);
      kept.push({
        period: before.period + share * (corner.period - before.period),
        phase: before.phase + share * (corner.phase - before.phase),
      });
    }
    if (here >= 0) kept.push(corner);
    before = corner;
    valueBefore = here;
  }
  return kept;
}

/** Mean and spread of a polygon, as the sum of the triangles between its first corner and each side. */
export function fitOf(rhythms: Rhythms): TickFit | undefined {
  const [origin] = rhythms;
  if (origin === undefined) return undefined;
  let [area, period, phase, periodSquare, phaseSquare] = [0, 0, 0, 0, 0];
  for (let i = 1; i + 1 < rhythms.length; i++) {
    const [a, b] = [rhythms[i] ?? origin, rhythms[i + 1] ?? origin];
    const [ax, ay] = [a.period - origin.period, a.phase - origin.phase];
    const [bx, by] = [b.period - origin.period, b.phase - origin.phase];
    const double = Math.abs(ax * by - bx * ay);
    area += double;
    period += (double * (ax + bx)) / 3;
    phase += (double * (ay + by)) / 3;
    periodSquare += (double * (ax * ax + ax * bx + bx * bx)) / 6;
    phaseSquare += (double * (ay * ay + ay * by + by * by)) / 6;
  }
  if (area === 0) return { ...origin, periodError: 0, phaseError: 0 };
  return {
    period: origin.period + period / area,
    phase: origin.phase + phase / area,
    periodError: Math.sqrt(Math.max(0, periodSquare / area - (period / area) ** 2)),
    phaseError: Math.sqrt(Math.max(0, phaseSquare / area - (phase / area) ** 2)),
  };
}
