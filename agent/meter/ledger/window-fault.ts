/** Why a window has no figure. */

import { isMeasured, type Provenance } from '../../../shared/domain/measurement.js';
import type { SensorTraits } from '../energy-source.js';
import type { EventLog } from './event-log.js';
import type { KnotStore } from './knot-store.js';
import type { TickClock } from './tick-clock.js';

/** What of a ledger decides whether a window can have a figure. */
export interface FaultyLedger {
  readonly knots: KnotStore;
  readonly log: EventLog;
  readonly failure: string | undefined;
  readonly lastKnotNanoseconds: bigint | undefined;
  readonly ticks: Pick<TickClock, 'longestNanoseconds'>;
  readonly options: { readonly traits: SensorTraits; readonly provenance: Provenance };
}

/** Knots this many updates apart are so because of the looks. */
const MISSED_UPDATES = 2;

/** One sentence, or `undefined` when the window has a figure. */
export function windowFault(ledger: FaultyLedger, start: bigint, end: bigint): string | undefined {
  const { knots, log, failure } = ledger;
  if (end <= start) return 'the window is empty';
  const contamination = log.contamination(start, end);
  if (contamination !== undefined) return contamination;
  const last = ledger.lastKnotNanoseconds;
  if (last === undefined) return failure ?? standstill(ledger, start, end) ?? 'the sensor has given no reading yet';
  if (start < knots.at(0)) return 'the window began before the first reading of the sensor';
  if (end > last && failure !== undefined) return failure;
  const stood = standstill(ledger, start, end);
  if (stood !== undefined) return stood;
  if (end > last) return 'the sensor stood still or gave no reading until after the end of the window';
  if (log.first('counter-reset', start, end)) return 'the counter was reset within the window';
  const gap = log.first('gap', start, end);
  if (gap && gap.fromNanoseconds <= start && gap.toNanoseconds >= end) {
    return 'the window lies in a gap between readings';
  }
  return shorterThanUpdates(ledger, start, end);
}

/** A power reading that repeats may be true, and only marks the window; a counter of a device that is on cannot stand still. */
function standstill({ log, options }: FaultyLedger, start: bigint, end: bigint): string | undefined {
  if (options.traits.reads === 'power') return undefined;
  const stuck = log.first('stuck', start, end);
  if (stuck === undefined) return undefined;
  const from = stuck.fromNanoseconds > start ? stuck.fromNanoseconds : start;
  const to = stuck.toNanoseconds < end ? stuck.toNanoseconds : end;
  const seconds = Number(to - from) / 1e9;
  return `the counter stood still for ${seconds.toFixed(1)} s of the window while the device was on`;
}

/**
 * Looks at what is not latched, or updates more often than it is looked at, come at odd times: how far apart just these two
 * were says nothing.
 */
function shorterThanUpdates({ knots, ticks, options }: FaultyLedger, start: bigint, end: bigint): string | undefined {
  const i = knots.lastAtOrBefore(start);
  if (i + 1 >= knots.length || knots.at(i + 1) <= end) return undefined;
  const { traits, provenance } = options;
  const update = (ticks.longestNanoseconds ?? Infinity) / 1e6;
  const interval = knots.seconds(i) * 1e3;
  if (isMeasured(provenance) && traits.latched && interval < MISSED_UPDATES * update) {
    const milliseconds = Math.min(update, interval);
    return `the window is shorter than the sensor resolves: ${milliseconds.toFixed(0)} ms between its updates`;
  }
  const source = isMeasured(provenance) ? 'the sensor' : 'the processor time that the figure is computed from';
  return `the window is too short: it lies between two looks at ${source}`;
}
