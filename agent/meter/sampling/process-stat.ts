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

/**
 * Busy time of all processors together from the first line of `/proc/stat`, in clock ticks.
 *
 * User, nice, system, interrupts and soft interrupts; guests are within user. Time stolen by other virtual machines
 * counts too: where the package's energy can be read, theirs is in it. Idle and waiting for disks are not work.
 * Source: proc_stat(5).
 */
export function parseBusyTicks(text: string): number | undefined {
  const numbers = /^cpu +([\d ]+)$/m.exec(text)?.[1]?.trim().split(/ +/).map(Number) ?? [];
  const [user, nice, system, , , interrupts = 0, softInterrupts = 0, stolen = 0] = numbers;
  if (user === undefined || nice === undefined || system === undefined) return undefined;
  return user + nice + system + interrupts + softInterrupts + stolen;
}

/** Access to the process list; `undefined` and an empty list where something is gone or hidden. */
export interface ProcessFiles {
  pids(): readonly number[];
  stat(pid: number): ProcessStat | undefined;
  /** Name of the program. */
  name(pid: number): string | undefined;
  /** True if it was started with this `NAME=value` in its environment; `undefined` where that cannot be seen. */
  hasVariable(pid: number, entry: string): boolean | undefined;
  /** Busy time of the whole machine, in clock ticks since boot. */
  busyTicks(): number | undefined;
}

/** Reads a folder that stands for `/proc`. */
export function processFiles(procRoot: string): ProcessFiles {
  const read = (...names: readonly string[]): string | undefined => {
    try {
      return readFileSync(join(procRoot, ...names), 'latin1');
    } catch {
      return undefined;
    }
  };
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
    stat: (pid) => parseProcessStat(read(String(pid), 'stat') ?? ''),
    name: (pid) => read(String(pid), 'comm')?.trim() || undefined,
    hasVariable(pid, entry) {
      const environment = read(String(pid), 'environ');
      return environment ? environment.split('\0').includes(Buffer.from(entry).toString('latin1')) : undefined;
    },
    busyTicks: () => parseBusyTicks(read('stat') ?? ''),
  };
}
