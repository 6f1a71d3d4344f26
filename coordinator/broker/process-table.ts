/** Which processes run on this machine: identity that survives reuse of process numbers, from `/proc`. */

import { readdirSync, readFileSync } from 'node:fs';

/** A process: number and start time together name it until the machine reboots. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to start: field 22 of `/proc/PID/stat`. */
  readonly startTicks: string;
}

/** The process of this number; `undefined` if there is none, or it is dead and only not yet collected. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may itself hold spaces and parentheses.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTicks = rest[18];
    return startTicks === undefined || state === 'Z' || state === 'X' ? undefined : { pid, startTicks };
  } catch {
    return undefined;
  }
}

export const isAlive = (identity: ProcessIdentity): boolean =>
  identifyProcess(identity.pid)?.startTicks === identity.startTicks;

/** Live processes that were started with `argument` as one of their arguments. */
export function processesWithArgument(argument: string): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(argument))
    .map((name) => identifyProcess(Number(name)))
    .filter((identity) => identity !== undefined);
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // ended meanwhile
  }
}
