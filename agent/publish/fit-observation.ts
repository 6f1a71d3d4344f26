/** Keeps an outcome within the size of a message: one that the server refuses for ever would block everything behind it. */

import type { Observation } from '../../shared/domain/trial.js';

/** NATS takes 1 MiB by default; the rest is for the envelope. */
const MAX_BYTES = 900 * 1024;

/**
 * The observation with as many of its windows as fit, in their order, and the number of those that are missing: sums over
 * the rest would be too low.
 *
 * @param sizeOf - bytes of an observation on the wire.
 */
export function fitObservation(observation: Observation, sizeOf: (observation: Observation) => number): Observation {
  const all = observation.windows.length;
  let kept = observation;
  for (let n = all; sizeOf(kept) > MAX_BYTES && n > 0;) {
    n = Math.floor(n * 0.8);
    kept = { ...observation, windows: observation.windows.slice(0, n), windowsLeftOut: all - n };
  }
  return kept;
}
