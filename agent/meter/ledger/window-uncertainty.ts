/** Standard uncertainty of the energy of a window, in the parts that behave differently. */

import type { EnergyUncertainty } from '../../../shared/domain/measurement.js';
import type { SensorTraits } from '../energy-source.js';
import type { BeatFinder } from './beat-finder.js';
import { beatJoules } from './beat-joules.js';
import { edgeAt, timingJoules } from './edge-uncertainty.js';
import type { EventLog } from './event-log.js';
import type { KnotStore } from './knot-store.js';
import { samplingJoules } from './sampling-uncertainty.js';

/** What of a ledger the uncertainty depends on. */
export interface UncertainLedger {
  readonly knots: KnotStore;
  readonly options: { readonly traits: SensorTraits };
  readonly log: EventLog;
  readonly beats: Pick<BeatFinder, 'within'>;
  /** Share of the time at which the sensor looks. */
  readonly coverage: { readonly share: number };
}

export interface WindowEnergy {
  readonly start: bigint;
  readonly end: bigint;
  readonly microjoules: bigint;
}

/**
 * Edge, sampling, gap and gain of one window that lies within the knots, in joules.
 *
 * Edge: where between two updates the energy was spent, when the updates truly happened, and the step of the figure.
 * Sampling: power that was seen only part of the time, a load that beats with it, or an estimate. Gap: time between
 * looks that is too long to interpolate.
 */
export function windowUncertainty(ledger: UncertainLedger, window: WindowEnergy): EnergyUncertainty {
  const { traits } = ledger.options;
  const { start, end, microjoules } = window;
  const joules = Number(microjoules) / 1e6;
  const edges = [edgeAt(ledger, start), edgeAt(ledger, end)] as const;
  return {
    edgeJoules: Math.hypot(
      ...edges.map(({ edge }) => edge),
      timingJoules(ledger.knots, edges),
      roundingWatts(traits) * (Number(end - start) / 1e9),
    ),
    samplingJoules: Math.hypot(samplingJoules(ledger, window), beatJoules(ledger, window), traits.estimate * joules),
    gapJoules: Math.hypot(...edges.map(({ gap }) => gap), traits.reads === 'power' ? gapsWithin(ledger, window) : 0),
    gainJoules: traits.gain * joules,
  };
}

/**
 * Standard uncertainty of power from the step in which it is read, in watts: where power is steady, all readings of a
 * window are off by the same part of half a step.
 */
export const roundingWatts = ({ quantumMicrowatts = 0 }: SensorTraits): number =>
  quantumMicrowatts / 1e6 / Math.sqrt(12);

/** In a gap between point samples the mean power may lie anywhere up to twice what the line through its ends says. */
function gapsWithin({ knots, log }: UncertainLedger, { start, end }: WindowEnergy): number {
  const gaps = log
    .every('gap', start, end)
    .filter(({ fromNanoseconds, toNanoseconds }) => fromNanoseconds >= start && toNanoseconds <= end);
  const joules = gaps.map(({ fromNanoseconds, toNanoseconds }) => {
    const first = knots.lastAtOrBefore(fromNanoseconds);
    const last = knots.lastAtOrBefore(toNanoseconds);
    return first < 0 ? 0 : Number(knots.energy(last) - knots.energy(first)) / 1e6;
  });
  return Math.hypot(...joules) / Math.sqrt(3);
}
