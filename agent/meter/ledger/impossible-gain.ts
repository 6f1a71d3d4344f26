/** Tells a sensor that jumped from one that shows what its device draws. */

import type { Part } from '../../../shared/domain/measurement.js';
import type { Reading, SensorTraits } from '../energy-source.js';
import type { TickClock } from './tick-clock.js';

export interface LimitedDevice {
  readonly part: Part;
  /** Power that the device cannot reach, if that is known. */
  readonly mostWatts?: number;
}

export interface CountingLedger {
  readonly ticks: Pick<TickClock, 'longestNanoseconds' | 'periodNanoseconds'>;
  readonly options: LimitedDevice & { readonly traits: SensorTraits };
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
/** While its period is not known, a counter may have been due for an update for this long, in seconds. */
const FEWEST_SECONDS = 1;
/** And for so many periods once it is. */
const DUE_PERIODS = 2;

/** Why a gain cannot be energy that was spent; `undefined` when it can. */
export function impossibleGain(
  { ticks, options }: CountingLedger,
  { since, at, microjoules }: Gain,
): string | undefined {
  const seconds = Number(at - since) / 1e9;
  const joules = Number(microjoules) / 1e6;
  const least = joules - options.traits.quantumMicrojoules / 1e6;
  if (least <= mostWattsOf(options) * (seconds + dueSeconds(ticks))) return undefined;
  return `the counter jumped by ${joules.toFixed(0)} J in ${seconds.toFixed(2)} s, more than the device can draw`;
}

/** The same reading; one of more power than the device can draw is a failed look. */
export function plausibleReading(reading: Reading, device: LimitedDevice): Reading {
  if (reading.kind !== 'power') return reading;
  const { microwatts, ...look } = reading;
  const watts = Number(microwatts) / 1e6;
  if (watts <= mostWattsOf(device)) return reading;
  const reason = `the sensor showed ${watts.toFixed(0)} W, more than the device can draw`;
  return { ...look, kind: 'failed', reason };
}

const mostWattsOf = ({ part, mostWatts }: LimitedDevice): number =>
  mostWatts ?? (part === 'machine' ? MOST_MACHINE_WATTS : MOST_DEVICE_WATTS);

function dueSeconds({ periodNanoseconds, longestNanoseconds = 0 }: CountingLedger['ticks']): number {
  if (periodNanoseconds !== undefined) return (DUE_PERIODS * periodNanoseconds) / 1e9;
  return Math.max(FEWEST_SECONDS, longestNanoseconds / 1e9);
}
