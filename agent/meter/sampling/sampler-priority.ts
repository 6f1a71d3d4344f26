/** Lets the sampler's thread run before others, where the system permits it. */

import { setPriority } from 'node:os';

import { loadLibrary } from '../sources/native-library.js';

/** `SCHED_RR` of sched(7); what the thread starts (a wall meter's command) runs as others do: `SCHED_RESET_ON_FORK`. */
const ROUND_ROBIN = 2 | 0x4000_0000;
/** The lowest: before all ordinary programs, behind whatever else was given real time. */
const LOWEST_REAL_TIME = 1;
/** Ahead of ordinary programs, behind what keeps the machine alive. */
const NICENESS = -15;
/** On Linux both belong to a thread, and 0 stands for the calling one: setpriority(2), "C library/kernel differences". */
const THIS_THREAD = 0;
const LIBC = 'libc.so.6';

/**
 * Real time, else a lower niceness, else nothing.
 *
 * The thread sleeps for more than nine tenths of the time, and the kernel leaves a share to ordinary programs whatever
 * real-time threads do (sched(7), "Limiting the CPU usage of real-time and deadline processes"). Niceness alone helps
 * little where the kernel groups programs by session. Both need `CAP_SYS_NICE`, or `RLIMIT_RTPRIO` and `RLIMIT_NICE`.
 */
export function raisePriority(): 'real-time' | 'nice' | 'ordinary' {
  if (becomesRealTime()) return 'real-time';
  try {
    setPriority(THIS_THREAD, NICENESS);
    return 'nice';
  } catch {
    // Looks are then later while all cores are busy; each is stamped when it is made, so none is wrong.
    return 'ordinary';
  }
}

function becomesRealTime(): boolean {
  try {
    const setScheduler = loadLibrary(LIBC).func('int sched_setscheduler(int pid, int policy, _In_ int *priority)');
    return setScheduler(THIS_THREAD, ROUND_ROBIN, [LOWEST_REAL_TIME]) === 0;
  } catch {
    return false;
  }
}
