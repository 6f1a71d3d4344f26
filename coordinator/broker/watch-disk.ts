/** Notices when the disk was full and has room again: a NATS server that met a full disk takes no message until restarted. */

import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';

export interface DiskWatch {
  readonly freeBytes: () => number;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when there is room again after there was none. */
  readonly onRoom: () => void;
}

/** A server with less than this may have failed to write. */
export const FULL_BYTES = 16 * 2 ** 20;
/** A server that starts on less would stop again soon. */
export const ROOM_BYTES = 64 * 2 ** 20;
const LOOK_MILLISECONDS = 2000;

/** Looks until disposed. */
export function watchDisk({ freeBytes, clock, log, onRoom }: DiskWatch): Disposable {
  let wasFull = false;
  return clock.every(LOOK_MILLISECONDS, () => {
    const free = freeBytes();
    if (!wasFull && free < FULL_BYTES) {
      wasFull = true;
      log.error({ freeBytes: free, neededBytes: ROOM_BYTES }, 'disk full');
    } else if (wasFull && free >= ROOM_BYTES) {
      wasFull = false;
      log.warn({ freeBytes: free }, 'disk has room again');
      onRoom();
    }
  });
}
