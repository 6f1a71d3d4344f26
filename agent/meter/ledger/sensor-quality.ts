/** What to expect of a sensor, from its behaviour and the load of the last minute. */

import type { SensorQuality } from '../../../shared/domain/hardware.js';
import type { SensorTraits } from '../energy-source.js';
import { edgeAt, type EdgeLedger } from './edge-uncertainty.js';
import { unrestOf } from './sampling-uncertainty.js';
import type { TickClock } from './tick-clock.js';
import { roundingWatts } from './window-uncertainty.js';

export interface JudgedLedger extends EdgeLedger {
  readonly coverage: { readonly share: number; readonly basis: string };
  readonly ticks: Pick<TickClock, 'periodNanoseconds'>;
  readonly options: { readonly traits: SensorTraits };
}

/** Lengths of windows for which the uncertainty is told, in seconds. */
const WINDOWS = [1, 5, 30] as const;
const LAST_NANOSECONDS = 60_000_000_000n;
/** Instants of the last minute at which the edge of a window is tried. */
const TRIALS = 64;
const FEWEST_KNOTS = 8;

/** The sensor's quality by the history before `now`; `undefined` while there is too little of it. */
export function sensorQuality(ledger: JudgedLedger, now: bigint): SensorQuality | undefined {
  const { knots, options, coverage, ticks } = ledger;
  const last = knots.lastAtOrBefore(now);
  const first = Math.max(0, knots.lastAtOrBefore(now - LAST_NANOSECONDS));
  if (last - first < FEWEST_KNOTS) return undefined;
  const seconds = Number(knots.at(last) - knots.at(first)) / 1e9;
  const watts = Number(knots.energy(last) - knots.energy(first)) / 1e6 / seconds;
  if (watts === 0) return undefined;
  const edges = Array.from({ length: TRIALS }, (_, i) => {
    const instant = knots.at(first) + ((knots.at(last) - knots.at(first)) * BigInt(2 * i + 1)) / BigInt(2 * TRIALS);
    const { edge, watts: power, interval } = edgeAt(ledger, instant);
    return edge ** 2 + (power * (knots.timing(interval).commonNanoseconds / 1e9)) ** 2;
  });
  const edge = edges.reduce((sum, variance) => sum + variance, 0) / TRIALS;
  const unrest = unrestOf(ledger, first, last);
  const { gain, estimate } = options.traits;
  const expected = WINDOWS.map((length) => {
    const joules = Math.sqrt(2 * edge + (length / unrest.seconds) * unrest.variance);
    const random = Math.hypot(joules / (watts * length), roundingWatts(options.traits) / watts, estimate);
    return { seconds: length, random, gain };
  });
  return {
    updateMilliseconds: (ticks.periodNanoseconds ?? unrest.seconds * 1e9) / 1e6,
    coverage: coverage.share,
    coverageBasis: coverage.basis,
    expected,
  };
}
