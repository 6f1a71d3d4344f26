/** The folder of one attempt: what the program is told, where it may write, and where its socket lies. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Grant } from '../../shared/domain/conversation.js';
import { EnvironmentError } from '../../shared/domain/errors.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import { TRIAL_FILE_NAME, type TrialFile } from '../../shared/schema/trial-protocol.js';

export interface TrialFolder {
  readonly path: string;
  /** Short enough for the kernel, even where `path` is not. */
  readonly socketPath: string;
  readonly logPath: string;
  /** Removes what lies outside `path`. */
  close(): void;
}

/** `sun_path` of Linux holds 108 bytes with its final zero. */
const MAX_SOCKET_PATH_BYTES = 107;
/** Room for `/ecopt-XXXXXX/trial.sock`. */
const SHORT_NAME_BYTES = 32;

export interface TrialFolderOptions {
  readonly path: string;
  /** For sockets whose path would be too long. */
  readonly temporaryFolder: string;
  readonly grant: Grant;
  readonly devices: readonly DeviceId[];
  /** Seconds that a repeated window should last at least. */
  readonly windowSeconds: number;
}

/**
 * Makes an empty folder with `trial.json`.
 *
 * @throws {EnvironmentError} if it cannot be made, such as on a full disk.
 */
export function makeTrialFolder({ path, temporaryFolder, ...told }: TrialFolderOptions): TrialFolder {
  try {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { recursive: true, mode: 0o700 });
    writeFileSync(join(path, TRIAL_FILE_NAME), `${JSON.stringify(trialFile(told), null, 2)}\n`);
    return { path, logPath: join(path, 'output.log'), ...socketPlace(path, temporaryFolder) };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new EnvironmentError(`cannot prepare the trial's folder ${path} (${code})`, { code }, { cause });
  }
}

function socketPlace(folder: string, temporaryFolder: string): Pick<TrialFolder, 'socketPath' | 'close'> {
  const inside = join(folder, 'trial.sock');
  if (Buffer.byteLength(inside) <= MAX_SOCKET_PATH_BYTES) return { socketPath: inside, close: () => undefined };
  const fits = Buffer.byteLength(temporaryFolder) <= MAX_SOCKET_PATH_BYTES - SHORT_NAME_BYTES;
  const made = mkdtempSync(join(fits ? temporaryFolder : '/tmp', 'ecopt-'));
  return { socketPath: join(made, 'trial.sock'), close: () => rmSync(made, { recursive: true, force: true }) };
}

type Told = Omit<TrialFolderOptions, 'path' | 'temporaryFolder'>;

const trialFile = ({ grant, devices, windowSeconds }: Told): TrialFile => ({
  trial: grant.trial,
  attempt: grant.attempt,
  seed: grant.seed,
  configuration: grant.configuration,
  workload: grant.workload,
  devices: [...devices],
  warmUpSeconds: grant.measurement.warmUpSeconds,
  windowSeconds,
  ...(grant.resumeFrom !== undefined && { resumeFrom: grant.resumeFrom }),
});
