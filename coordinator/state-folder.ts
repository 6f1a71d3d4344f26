/** Where the coordinator keeps its state: on a local disk, per machine. */

import { accessSync, constants, existsSync, mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { EnvironmentError, UsageError } from '../shared/domain/errors.js';
import { machineIdentity } from '../shared/runtime/machine-identity.js';
import { unfitForState } from '../shared/runtime/state-file-system.js';

/** Folders and files of one coordinator. */
export interface StateFolder {
  readonly folder: string;
  readonly storeFile: string;
  readonly brokerFolder: string;
  readonly logFile: string;
  readonly reportsFolder: string;
  /** State of the agents that `ecopt run` starts. */
  readonly agentsFolder: string;
}

/**
 * Finds and makes the state folder.
 *
 * @param chosen - `--state`; absent: `$XDG_STATE_HOME/ecopt`, else `~/.local/state/ecopt`.
 * @throws {UsageError} if it lies on a network file system, where locks and flushes cannot be trusted.
 * @throws {EnvironmentError} if it cannot be made.
 */
export function openStateFolder(chosen: string | undefined, stateHome: string | undefined): StateFolder {
  if (chosen === '') throw new UsageError('--state: is empty; name a folder on a local disk, or leave it out');
  const root = resolve(chosen ?? join(stateHome || join(homedir(), '.local', 'state'), 'ecopt'));
  const folder = join(root, machineName(), 'coordinator');
  refuseUnfitDisk(folder);
  try {
    // On a read-only disk, making folders fails as if there was no disk.
    accessSync(nearestExisting(folder), constants.W_OK);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { message } = cause as Error;
    throw new EnvironmentError(`cannot make the state folder ${folder}: ${message}. Choose another with --state DIR`);
  }
  return {
    folder,
    storeFile: join(folder, 'store.sqlite'),
    brokerFolder: join(folder, 'nats'),
    logFile: join(folder, 'coordinator.log'),
    reportsFolder: join(folder, 'reports'),
    agentsFolder: root,
  };
}

/** Homes are often shared between machines, so that each machine needs a folder of its own. */
function machineName(): string {
  const id = ['/etc/machine-id', '/var/lib/dbus/machine-id'].find((path) => existsSync(path));
  return machineIdentity((id && readFileSync(id, 'utf8').trim()) || hostname());
}

function refuseUnfitDisk(folder: string): void {
  const reason = unfitForState(statfsSync(nearestExisting(folder)).type);
  if (reason === undefined) return;
  throw new UsageError(`the state folder ${folder} is on ${reason}. Choose a local disk with --state DIR`);
}

const nearestExisting = (path: string): string => (existsSync(path) ? path : nearestExisting(dirname(path)));
