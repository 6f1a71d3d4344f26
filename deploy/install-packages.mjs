/** Packages exactly as the lock file has them, installed once and again only when something changed. */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { hasNvidiaDriver } from './machine.mjs';
import { readText, ROOT, run, say, SetupError, sha256, workFolder } from './setup-support.mjs';

/** Lies within what it speaks of: whoever empties the folder removes it too. */
const STAMP = join(ROOT, 'node_modules', '.ecopt-setup');
const CUDA_PACKAGE = '@tensorflow/tfjs-node-gpu';

/** Why packages must be installed; `undefined` if they need not. */
export function installReason() {
  const stamp = readText(STAMP);
  if (stamp === wantedStamp()) return undefined;
  if (stamp !== undefined) return 'the lock file, Node.js or the graphics driver changed';
  if (!existsSync(join(ROOT, 'node_modules'))) return 'there are none yet';
  if (!installedByHand()) return 'an earlier installation was not finished';
  writeFileSync(STAMP, wantedStamp());
  return undefined;
}

/** Installs them, and says in a few words what it did. */
export async function installPackages(reason) {
  say(`installing packages: ${reason}`);
  endLeftOverInstallation();
  rmSync(STAMP, { force: true });
  const env = hasNvidiaDriver() ? process.env : { ...process.env, ...WITHOUT_CUDA_DOWNLOAD };
  const status = await npm(
    ['ci', '--include=dev', '--include=optional', '--prefer-offline', ...QUIET, ...RETRIES],
    env,
  );
  rmSync(installationFile(), { force: true });
  if (status !== 0) throw new SetupError(failureLine(status));
  writeFileSync(STAMP, wantedStamp());
  say(cudaLine());
  return 'packages installed';
}

const QUIET = ['--loglevel=error', '--no-audit', '--no-fund'];
/** npm's own pauses between tries are up to a minute long. */
const RETRIES = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];

/**
 * Without an NVIDIA driver the CUDA build of TensorFlow cannot work: point its installer, which fetches some hundred
 * megabytes, at nothing. npm then leaves out the package, which is optional.
 */
const WITHOUT_CUDA_DOWNLOAD = { TFJS_NODE_BASE_URI: 'http://127.0.0.1:9/' };

/** All that decides what `npm ci` would do. */
function wantedStamp() {
  const lock = sha256(readFileSync(join(ROOT, 'package-lock.json')));
  const { modules } = process.versions;
  return `${JSON.stringify({ lock, modules, arch: process.arch, nvidia: hasNvidiaDriver() })}\n`;
}

/** True if what npm notes at the end of an installation matches the lock file, as after `npm ci` by hand. */
function installedByHand() {
  const noted = JSON.parse(readText(join(ROOT, 'node_modules', '.package-lock.json')) ?? '{}').packages;
  if (noted === undefined) return false;
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted)
    .filter(([path, { optional }]) => path !== '' && optional !== true)
    .every(([path, { version }]) => noted[path]?.version === version && existsSync(join(ROOT, path, 'package.json')));
}

function npm(args, env) {
  // Under `npm run`, the very npm that runs us: the first one on PATH may be another.
  const cli = process.env.npm_execpath;
  const [program, first] = basename(cli ?? '') === 'npm-cli.js' ? [process.execPath, [cli]] : ['npm', []];
  return run(program, [...first, ...args], { env, onStart: noteInstallation });
}

function failureLine(status) {
  if (status === 127) return 'npm is not on PATH: install Node.js with npm';
  return 'npm ci failed (above is why); mend it, for example the network or `npm config get registry`, then run the same command again';
}

function cudaLine() {
  if (existsSync(join(ROOT, 'node_modules', CUDA_PACKAGE))) return `${CUDA_PACKAGE} is installed`;
  return hasNvidiaDriver()
    ? `${CUDA_PACKAGE} could not be installed (it downloads TensorFlow for CUDA by itself); everything else works without`
    : `${CUDA_PACKAGE} left out: no NVIDIA driver here`;
}

const installationFile = () => join(workFolder(), 'installation');

/** Remembers the running npm: it lives on when its set-up is killed. */
function noteInstallation(pid) {
  writeFileSync(installationFile(), JSON.stringify({ pid, start: startOf(pid) }));
}

/** Ends the npm of a killed set-up: two at work on one folder break each other. */
function endLeftOverInstallation() {
  const { pid, start } = JSON.parse(readText(installationFile()) ?? '{}');
  if (pid === undefined || start === undefined || startOf(pid) !== start) return;
  say(`ending npm (process ${pid}), left over by a set-up that was killed`);
  process.kill(pid, 'SIGKILL');
}

/** Start of a process in clock ticks since boot, which tells it from a later one of the same number. */
function startOf(pid) {
  const stat = readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
