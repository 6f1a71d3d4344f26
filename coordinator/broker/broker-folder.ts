/** What a broker keeps on disk: its port, its password, its owner, and the servers left over by an owner that died. */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { EnvironmentError } from '../../shared/domain/errors.js';
import type { Clock } from '../../shared/runtime/clock.js';
import { identifyProcess, isAlive, processesWithArgument, type ProcessIdentity } from './process-table.js';
import type { Credentials } from './server-config.js';
import { ROOM_BYTES } from './watch-disk.js';

/** Contents of `broker.json`, readable by its owner only. */
export interface BrokerRecord {
  /** Port of the last run: agents come back to it. */
  readonly port?: number;
  readonly credentials: Credentials;
  /** Process that supervises the server. */
  readonly owner: ProcessIdentity;
}

export const configFile = (folder: string): string => join(folder, 'nats-server.conf');
export const outputFile = (folder: string): string => join(folder, 'nats-server.log');
export const streamFolder = (folder: string): string => join(folder, 'jetstream');
const recordFile = (folder: string): string => join(folder, 'broker.json');

const LARGEST_LOG_BYTES = 8 * 2 ** 20;

/** Time for a left-over server to end by itself before it is killed. */
const ORPHAN_MILLISECONDS = 5000;

/**
 * Makes the folder ours: made, private, with room, and with no other server working on it.
 *
 * @throws {EnvironmentError} if it cannot be written, is full, or belongs to a running coordinator.
 */
export async function claimFolder(folder: string, clock: Clock): Promise<BrokerRecord> {
  makePrivateFolder(folder);
  const earlier = readRecord(folder);
  const self = identifyProcess(process.pid) ?? { pid: process.pid, startTicks: '' };
  if (earlier !== undefined && earlier.owner.pid !== self.pid && isAlive(earlier.owner)) {
    throw new EnvironmentError(
      `${folder} is in use by a running coordinator (process ${earlier.owner.pid}); stop it, or give another --state folder`,
    );
  }
  await endOrphans(folder, clock);
  const credentials = earlier?.credentials ?? { user: 'ecopt', password: randomBytes(24).toString('base64url') };
  const record = { ...(earlier?.port === undefined ? {} : { port: earlier.port }), credentials, owner: self };
  saveRecord(folder, record);
  return record;
}

/** Replaces the record in one step. */
export function saveRecord(folder: string, record: BrokerRecord): void {
  writePrivate(recordFile(folder), JSON.stringify(record));
}

/** Writes a file that only its owner may read, in one step. */
export function writePrivate(path: string, text: string): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
}

/** Keeps one earlier log, so that a server that runs for months does not fill the disk. */
export function rotateLog(folder: string): void {
  const path = outputFile(folder);
  if (existsSync(path) && statSync(path).size > LARGEST_LOG_BYTES) renameSync(path, `${path}.1`);
}

function makePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const free = freeBytes(folder);
    if (free < ROOM_BYTES) throw new EnvironmentError(fullMessage(folder, free));
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError(`the message server's folder ${folder} cannot be made: ${reason}`, {}, { cause: error });
  }
}

/** Bytes that an ordinary user may still write on the disk of this folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

const fullMessage = (folder: string, free: number): string =>
  `the disk of ${folder} is full: ${Math.floor(free / 2 ** 20)} MiB free, the message server needs ${ROOM_BYTES / 2 ** 20} MiB`;

function readRecord(folder: string): BrokerRecord | undefined {
  try {
    const { port, credentials, owner } = JSON.parse(readFileSync(recordFile(folder), 'utf8')) as Partial<BrokerRecord>;
    if (typeof credentials?.password !== 'string' || typeof owner?.pid !== 'number') return undefined;
    return { ...(typeof port === 'number' ? { port } : {}), credentials, owner };
  } catch {
    return undefined; // none yet, or not ours: a new one is made
  }
}

/** Ends servers of an owner that was killed: two on one stream folder would ruin it. */
async function endOrphans(folder: string, clock: Clock): Promise<void> {
  const orphans = processesWithArgument(configFile(folder));
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const orphan of orphans.filter(isAlive)) sendSignal(orphan.pid, signal);
    for (let waited = 0; waited < ORPHAN_MILLISECONDS && orphans.some(isAlive); waited += 20) await clock.sleep(20);
  }
  const left = orphans.find(isAlive);
  if (left !== undefined) {
    throw new EnvironmentError(
      `an earlier message server (process ${left.pid}) works on ${folder} and cannot be ended`,
    );
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ended meanwhile, or another user's: the caller looks again
  }
}
