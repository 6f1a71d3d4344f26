/** Notices when this program itself stood still, so that what it takes for the end of a command may have been earlier. */

import type { Clock } from '../shared/runtime/clock.js';

export interface StandstillWatch extends Disposable {
  /** The longest standstill up to an instant, in seconds; 0: none. */
  longestSeconds(atNanoseconds: bigint): number;
}

const LOOK_MILLISECONDS = 250;
/** Less than that a busy machine does to any program, in seconds. */
const LEAST_SECONDS = 1;

/** Looks until it is disposed. */
export function watchStandstill(clock: Pick<Clock, 'monotonicNanoseconds' | 'every'>, from: bigint): StandstillWatch {
  let [last, longest] = [from, 0];
  const look = (at: bigint): void => {
    longest = Math.max(longest, Number(at - last) / 1e9 - LOOK_MILLISECONDS / 1e3);
    last = at;
  };
  const timer = clock.every(LOOK_MILLISECONDS, () => look(clock.monotonicNanoseconds()));
  return {
    longestSeconds(atNanoseconds) {
      look(atNanoseconds);
      return longest < LEAST_SECONDS ? 0 : longest;
    },
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
}
