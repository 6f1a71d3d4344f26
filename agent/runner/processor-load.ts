/** How busy the processors of this machine are, whoever keeps them busy. */

import { readFileSync } from 'node:fs';

/** Time of all processors together since boot, in ticks of an arbitrary length. */
export interface ProcessorTimes {
  readonly busyTicks: number;
  readonly totalTicks: number;
  readonly processors: number;
}

/** From `/proc/stat`; `undefined` where the kernel does not tell. */
export function readProcessorTimes(): ProcessorTimes | undefined {
  try {
    return parseProcessorTimes(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * The line `cpu` sums all processors: user, nice, system, idle, iowait, irq, softirq, steal; `guest` is in `user` already.
 * Waiting for a disk is rest, and time stolen by other guests is not spent here.
 *
 * Source: proc_stat(5).
 */
export function parseProcessorTimes(text: string): ProcessorTimes | undefined {
  const [, fields] = /^cpu +([\d ]+)$/m.exec(text) ?? [];
  const ticks = fields?.trim().split(/ +/).map(Number) ?? [];
  const [user, nice, system, idle, iowait = 0, irq = 0, softirq = 0] = ticks;
  if (user === undefined || nice === undefined || system === undefined || idle === undefined) return undefined;
  const busyTicks = user + nice + system + irq + softirq;
  return { busyTicks, totalTicks: busyTicks + idle + iowait, processors: text.match(/^cpu\d+ /gm)?.length ?? 1 };
}

/** Share of all processors that was busy between two looks, in [0, 1]; `undefined` when no time has passed. */
export function busyShare(before: ProcessorTimes, after: ProcessorTimes): number | undefined {
  const total = after.totalTicks - before.totalTicks;
  return total > 0 ? Math.min(1, Math.max(0, (after.busyTicks - before.busyTicks) / total)) : undefined;
}

/** Room for the housekeeping of a system and of this agent: half a processor, or 2 % of many. */
const RESTING_PROCESSORS = 0.5;
const RESTING_SHARE = 0.02;

/** True when more is going on than housekeeping. */
export const isBusy = (share: number, processors: number): boolean =>
  share > Math.max(RESTING_SHARE, RESTING_PROCESSORS / processors);
