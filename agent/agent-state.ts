/** Where an agent keeps what must outlive it: on a local disk, one folder per machine and name, one process at a time. */

import { accessSync, constants, existsSync, mkdirSync, statSync, statfsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { EnvironmentError, UsageError } from '../shared/domain/errors.js';
import { deviceId } from '../shared/domain/identity.js';
import { formatQuantity } from '../shared/domain/quantity.js';
import type { Clock } from '../shared/runtime/clock.js';
import { unfitForState } from '../shared/runtime/state-file-system.js';
import { lockDevice } from './meter/device-lock.js';

export interface AgentState {
  readonly folder: string;
  readonly outboxFolder: string;
  readonly notesFolder: string;
  readonly trialsFolder: string;
  /** For the meter's journal. */
  readonly meterFolder: string;
  /** Why nothing should be begun that writes here; `undefined` if there is room. */
  lackOfSpace(): string | undefined;
  close(): Promise<void>;
}

export interface AgentStateOptions {
  /** `--state`; absent: `$XDG_STATE_HOME/ecopt`, else `~/.local/state/ecopt`. */
  readonly chosen?: string;
  readonly stateHome?: string;
  readonly machineId: string;
  readonly name: string;
  readonly clock: Clock;
  readonly processId: number;
}

/** Less than this and no trial is begun. */
const NEEDED_BYTES = 64 * 2 ** 20;

/**
 * Makes the folder and takes it for this process.
 *
 * @throws {EnvironmentError} if it lies on a network file system, cannot be made, has no room, or belongs to a running agent.
 */
export async function openAgentState(options: AgentStateOptions): Promise<AgentState> {
  const { chosen, stateHome, machineId, name, clock, processId } = options;
  if (chosen === '') throw new UsageError('--state: is empty; name a folder on a local disk, or leave it out');
  const root = resolve(chosen ?? join(stateHome || join(homedir(), '.local', 'state'), 'ecopt'));
  const folder = join(root, machineId, `agent-${name}`);
  refuseUnfitDisk(folder);
  make(folder);
  const lack = lackOfSpace(folder);
  if (lack !== undefined) throw new EnvironmentError(lack);
  const lock = await lockFolder(folder, { clock, pid: processId });
  return {
    folder,
    outboxFolder: join(folder, 'outbox'),
    notesFolder: join(folder, 'attempts'),
    trialsFolder: join(folder, 'trials'),
    meterFolder: join(folder, 'meter'),
    lackOfSpace: () => lackOfSpace(folder),
    close: () => lock.release(),
  };
}

function refuseUnfitDisk(folder: string): void {
  const reason = unfitForState(statfsSync(nearestExisting(folder)).type);
  if (reason === undefined) return;
  throw new EnvironmentError(`the state folder ${folder} is on ${reason}; choose a local disk with --state DIR`);
}

function make(folder: string): void {
  try {
    // On a read-only disk, making folders fails as if there was no disk.
    accessSync(nearestExisting(folder), constants.R_OK | constants.W_OK | constants.X_OK);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'EACCES' ? `this user may not read and write ${nearestExisting(folder)}` : message;
    throw new EnvironmentError(`cannot make the state folder ${folder}: ${why}; choose another with --state DIR`);
  }
}

const nearestExisting = (path: string): string => (existsSync(path) ? path : nearestExisting(dirname(path)));

/** A folder is held like a device: by a socket that the kernel frees when its process ends, however it ends. */
async function lockFolder(
  folder: string,
  owner: { readonly clock: Clock; readonly pid: number },
): Promise<{ release(): Promise<void> }> {
  const { dev, ino } = statSync(folder, { bigint: true });
  const lock = await lockDevice(deviceId(`folder-${dev}-${ino}`), owner);
  if (lock.kind === 'held') return lock;
  const holder = lock.holderPid === undefined ? 'another agent' : `another agent (process ${lock.holderPid})`;
  throw new EnvironmentError(`${holder} works in ${folder}; give this one another name with --name`);
}

function lackOfSpace(folder: string): string | undefined {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  return free >= NEEDED_BYTES
    ? undefined
    : `only ${formatQuantity(free, 'B')} are free where ${folder} lies; make room, or choose another disk with --state DIR`;
}
