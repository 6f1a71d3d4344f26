/** What `/proc/PID/stat` says of a process that the meter needs. */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Start in clock ticks since boot; with the pid it names a process for good. */
  readonly start: number;
  /** Processor time of the process itself, in clock ticks. */
  readonly own: number;
  /** Processor time of children that it has waited for, with theirs, in clock ticks. */
  readonly reaped: number;
}

/** USER_HZ, the unit of `/proc`, is 100 on every architecture that Node runs on. */
export const TICK_NANOSECONDS = 10_000_000n;

/** Parses one line of `/proc/PID/stat`; the name in parentheses may hold spaces and parentheses. */
export function parseProcessStat(line: string): ProcessStat | undefined {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  const fields = line.slice(close + 2).split(' ');
  const number = (index: number): number => Number(fields[index]);
  const stat = {
    pid: Number(line.slice(0, open)),
    parent: number(1),
    group: number(2),
    start: number(19),
    own: number(11) + number(12),
    reaped: number(13) + number(14),
  };
  const sound = open > 0 && close > open && Object.values(stat).every(Number.isFinite);
  return sound ? stat : undefined;
}

/** Access to the process list; `undefined` and an empty list where something is gone or hidden. */
export interface ProcessFiles {
  pids(): readonly number[];
  stat(pid: number): ProcessStat | undefined;
}

/** Reads a folder that stands for `/proc`. */
export function processFiles(procRoot: string): ProcessFiles {
  return {
    pids() {
      try {
        return readdirSync(procRoot)
          .filter((name) => /^\d+$/.test(name))
          .map(Number);
      } catch {
        return [];
      }
    },
    stat(pid) {
      try {
        return parseProcessStat(readFileSync(join(procRoot, String(pid), 'stat'), 'latin1'));
      } catch {
        return undefined;
      }
    },
  };
}
