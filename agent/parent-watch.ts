/** Notices the end of the process that started this agent. */

import type { Clock } from '../shared/runtime/clock.js';
import { identifyProcess, isRunning } from './runner/process-table.js';

const LOOK_MILLISECONDS = 1000;

/** Calls back once when exactly the process that has this pid now runs no more; dispose to stop looking. */
export function watchParent(pid: number, clock: Clock, onGone: () => void): Disposable {
  const parent = identifyProcess(pid);
  const looking = clock.every(LOOK_MILLISECONDS, () => {
    if (parent && isRunning(parent)) return;
    looking[Symbol.dispose]();
    onGone();
  });
  return looking;
}
