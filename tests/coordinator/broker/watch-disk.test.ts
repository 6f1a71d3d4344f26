/** A disk that fills and empties. */

import { expect, test } from 'vitest';

import { FULL_BYTES, ROOM_BYTES, watchDisk } from '../../../coordinator/broker/watch-disk.js';
import { manualClock } from '../../support/manual-clock.js';
import { keptLog } from '../../support/silent-log.js';

/** What is done about a disk that shows these free bytes, one look after the other. */
function actionsFor(looks: readonly number[]): string[] {
  const clock = manualClock();
  const log = keptLog();
  const left = [...looks];
  const freeBytes = (): number => left.shift()!;
  using _ = watchDisk({ freeBytes, clock, log, onRoom: () => log.info({}, 'restart') });
  for (const _ of looks) clock.advance(2000);
  return log.events.map(({ event }) => event);
}

test('the server is restarted once there is room again, and told about once', () => {
  expect(actionsFor([FULL_BYTES - 1, 0, FULL_BYTES, ROOM_BYTES - 1, ROOM_BYTES, ROOM_BYTES])).toEqual([
    'disk full',
    'disk has room again',
    'restart',
  ]);
});

test('a disk that is only low is left alone', () => {
  expect(actionsFor([ROOM_BYTES, FULL_BYTES, ROOM_BYTES])).toEqual([]);
});

test('a disk may fill again', () => {
  expect(actionsFor([0, ROOM_BYTES, 0, ROOM_BYTES]).filter((event) => event === 'restart')).toHaveLength(2);
});
