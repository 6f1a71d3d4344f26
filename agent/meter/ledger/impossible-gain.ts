/** Tells a counter that jumped from one that counted. */

import type { Part } from '../../../shared/domain/measurement.js';
import type { SensorTraits } from '../energy-source.js';
import type { TickClock } from './tick-clock.js';

export interface CountingLedger {
  readonly ticks: Pick<TickClock, 'longestNanoseconds'>;
  readonly options: { readonly part: Part; readonly traits: SensorTraits; readonly mostWatts?: number };
}

/** What a counter gained between the look that last showed a change and another. */
export interface Gain {
  readonly since: bigint;
  readonly at: bigint;
  readonly microjoules: bigint;
}

/** No single device draws this much, and no machine with many of them, in watts. */
const MOST_DEVICE_WATTS = 10_000;
const MOST_MACHINE_WATTS = 100_000;
/** A counter that was looked at for the first time may have been due for an update for this long, in seconds. */
const FEWEST_SECONDS = 1;

/** Why a gain cannot be energy that was spent; `undefined` when it can. */
export function impossibleGain(
  { ticks, options }: CountingLedger,
  { since, at, microjoules }: Gain,
): string | undefined {
  const { part, traits, mostWatts = part === 'machine' ? MOST_MACHINE_WATTS : MOST_DEVICE_WATTS } = options;
  const seconds = Number(at - since) / 1e9;
  const spare = Math.max(FEWEST_SECONDS, (ticks.longestNanoseconds ?? 0) / 1e9);
  const joules = Number(microjoules) / 1e6;
  if (joules - traits.quantumMicrojoules / 1e6 <= mostWatts * (seconds + spare)) return undefined;
  return `the counter jumped by ${joules.toFixed(0)} J in ${seconds.toFixed(2)} s, more than the device can draw`;
}
