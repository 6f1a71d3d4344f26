/** Entry of the built-in trainer's process: runs the trial that its environment names, or says which backend works here. */

import { UsageError } from '../../shared/domain/errors.js';
import { systemClock } from '../../shared/runtime/clock.js';
import { TRIAL_FOLDER_VARIABLE, TRIAL_SOCKET_VARIABLE } from '../../shared/schema/trial-protocol.js';
import { type LoadedBackend, chooseBackend } from './backend.js';
import { runTrial } from './run-trial.js';
import { Trial } from './trial.js';

/** Forces a backend; the agent passes on its choice, so that a trial runs on what its hardware class says. */
const BACKEND_VARIABLE = 'ECOPT_BACKEND';

const CLIENT = 'ecopt language-model';

/** Quiet, and no grab of the whole GPU memory, unless the surroundings say otherwise. */
const TENSORFLOW_DEFAULTS = { TF_CPP_MIN_LOG_LEVEL: '2', TF_FORCE_GPU_ALLOW_GROWTH: 'true' };

async function main(): Promise<void> {
  Object.assign(process.env, { ...TENSORFLOW_DEFAULTS, ...process.env });
  if (process.argv.includes('--probe')) await probe();
  else await run();
}

/** One JSON line on standard output: name, reason, usesGpu, versions, and advice where a GPU could not be used. */
async function probe(): Promise<void> {
  const backend: LoadedBackend = await chooseBackend(process.env[BACKEND_VARIABLE]);
  process.stdout.write(`${JSON.stringify(backend)}\n`);
}

async function run(): Promise<void> {
  const trial = new Trial({
    folder: required(TRIAL_FOLDER_VARIABLE),
    socketPath: required(TRIAL_SOCKET_VARIABLE),
    client: CLIENT,
    clock: systemClock,
    onLost: fail,
  });
  process.once('SIGTERM', () => trial.requestStop('terminated'));
  await runTrial({ trial, clock: systemClock, backend: process.env[BACKEND_VARIABLE] });
  await trial.close();
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new UsageError(`${name} is not set; the agent sets it when it starts a trial`);
  return value;
}

/** What went wrong on purpose needs one line; a bug needs its stack. */
function fail(error: unknown): never {
  const isExpected = error instanceof Error && 'code' in error && 'details' in error;
  console.error(isExpected ? error.message : error);
  process.exit(1);
}

main().catch(fail);
