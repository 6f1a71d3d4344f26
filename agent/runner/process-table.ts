/** Linux's process table: who is still alive of a trial, told by process group and by a mark in the environment. */

import { readFileSync, readdirSync } from 'node:fs';

/** Names one process for good: a recycled pid has other start ticks, another boot another boot id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field `starttime` of `/proc/PID/stat`: clock ticks since boot. */
  readonly startTicks: string;
  readonly bootId: string;
}

interface ProcessState {
  readonly pid: number;
  readonly state: string;
  readonly group: number;
  readonly startTicks: string;
}

/** The identity of a running process; `undefined` if there is none of this pid, or it is a zombie. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const found = processState(pid);
  if (!found || isDead(found)) return undefined;
  return { pid, startTicks: found.startTicks, bootId: bootId() };
}

/** True while exactly this process runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** Live processes (no zombies) of a process group. */
export const groupMembers = (group: number): readonly number[] =>
  processes()
    .filter((process) => process.group === group && !isDead(process))
    .map(({ pid }) => pid);

/**
 * Live processes that were started with the environment variable `entry` (`NAME=value`): also those that left the
 * process group. Processes of other users cannot be read and are not found.
 */
export const markedProcesses = (entry: string): readonly number[] =>
  processes()
    .filter((found) => !isDead(found) && found.pid !== process.pid && environmentOf(found.pid).includes(entry))
    .map(({ pid }) => pid);

const isDead = ({ state }: ProcessState): boolean => state === 'Z' || state === 'X';

function processes(): ProcessState[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processState(Number(name)))
    .filter((found) => found !== undefined);
}

/** The second field of `stat` is the program's name in parentheses and may hold anything: count from the last one. */
function processState(pid: number): ProcessState | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, , group] = fields;
  const startTicks = fields[19];
  if (state === undefined || startTicks === undefined) return undefined;
  return { pid, state, group: Number(group), startTicks };
}

const environmentOf = (pid: number): readonly string[] => readOrNothing(`/proc/${pid}/environ`).split('\0');

const bootId = (): string => readOrNothing('/proc/sys/kernel/random/boot_id').trim();

/** A process may end between two looks at it. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
