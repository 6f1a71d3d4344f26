/** What is left out while nobody takes the events: telemetry, first most of it, then all; outcomes never. */

import type { AttemptEventBody } from '../../shared/domain/event.js';

export interface OutboxSize {
  /** Bytes that wait to be taken. */
  readonly pendingBytes: number;
  /** Size at which only outcomes are kept. */
  readonly limitBytes: number;
}

/** From half of the limit on, telemetry of one attempt and kind is this far apart. */
const THINNED_MILLISECONDS = 30_000;

/**
 * True if an event is kept.
 *
 * @param sinceLastMilliseconds - since the last kept event of this attempt and kind; `undefined` for the first.
 */
export function isKept(
  kind: AttemptEventBody['kind'],
  { pendingBytes, limitBytes }: OutboxSize,
  sinceLastMilliseconds: number | undefined,
): boolean {
  if (kind === 'started' || kind === 'observed') return true;
  if (pendingBytes >= limitBytes) return false;
  if (pendingBytes < limitBytes / 2) return true;
  return sinceLastMilliseconds === undefined || sinceLastMilliseconds >= THINNED_MILLISECONDS;
}
