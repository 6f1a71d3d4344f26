/** Where this machine's calibrations are kept, for every command that meters. */

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { UsageError } from '../shared/domain/errors.js';
import type { AgentContext } from './agent-context.js';
import { readMachineId } from './hardware/machine-facts.js';

/**
 * In the state folder, under the machine's name: a home folder may be shared by machines, and `cpu-package-0` is on all
 * of them.
 *
 * @param chosen - `--state`; absent: `$XDG_STATE_HOME/ecopt`, else `~/.local/state/ecopt`.
 * @throws {UsageError} if `chosen` is empty.
 */
export function calibrationFolder({ environment }: AgentContext, chosen?: string): string {
  if (chosen === '') throw new UsageError('--state: is empty; name a folder on a local disk, or leave it out');
  const stateHome = environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return join(resolve(chosen ?? join(stateHome, 'ecopt')), readMachineId(), 'calibration');
}
