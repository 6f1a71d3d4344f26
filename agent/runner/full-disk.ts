/** A trial that failed on a full disk says nothing about its configuration. */

import type { Observation } from '../../shared/domain/trial.js';
import { failure } from './attempt-end.js';

/**
 * Puts a failure of unknown cause down to the machine if its disk was full: output and metrics may be missing for no
 * other reason, and the same failure twice would be taken for the configuration's.
 *
 * @param lackOfSpace - what is missing; `undefined` if there is room.
 */
export function blameFullDisk(observation: Observation, lackOfSpace: string | undefined): Observation {
  const { end } = observation;
  if (lackOfSpace === undefined || end.kind !== 'failed' || end.failure.kind !== 'unknown') return observation;
  const cause = failure('infrastructure', 'disk-full', `${end.failure.message}; ${lackOfSpace}`);
  return { ...observation, end: { kind: 'failed', failure: cause } };
}
