/** Whether this machine can run ECOpt at all. */

import { existsSync } from 'node:fs';

import { SetupError } from './setup-support.mjs';

/** Oldest Node.js, as `engines` of package.json has it. */
const OLDEST_NODE = [20, 19];

/** @throws {SetupError} in one line if Node.js is too old or the system is another. */
export function checkMachine({ platform, versions } = process) {
  if (platform !== 'linux') throw new SetupError(`ECOpt runs on Linux; this is ${platform}`);
  const [major, minor] = versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new SetupError(
      `Node.js ${versions.node} is too old: ECOpt needs ${OLDEST_NODE.join('.')} or newer (https://nodejs.org)`,
    );
  }
}

/** Whether an NVIDIA driver is loaded, on Linux or in the Windows subsystem for it. */
export const hasNvidiaDriver = () =>
  ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path));
