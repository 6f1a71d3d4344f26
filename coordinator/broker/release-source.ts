/** The official release of the NATS server, checked against pinned checksums. */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PINNED_VERSION, unavailable, type FetchJob, type FetchResult, type ServerSource } from './server-source.js';
import { failureOf, runTool, succeeded } from './child-process.js';

interface Archive {
  /** Name of the archive and of the folder within. */
  readonly folder: string;
  readonly sha256: string;
}

/** SHA-256 of the release archives, as the project's own container recipe (nats-io/nats-docker, 2.14.x) pins them. */
const ARCHIVES: Readonly<Partial<Record<NodeJS.Architecture, Archive>>> = {
  x64: {
    folder: `nats-server-v${PINNED_VERSION}-linux-amd64`,
    sha256: '5e3b603d47c447bda1f77f9ac16dbf91c90aac4ff3681f8fbbc7201e4ed99355',
  },
  arm64: {
    folder: `nats-server-v${PINNED_VERSION}-linux-arm64`,
    sha256: '673a98d3faa79dde3f9ebf16d6dfac36a5f694e7ad2015e4954dd7939c85cd4c',
  },
};

/** Time for a first answer of the download host. */
const ANSWER_SECONDS = 4;
const DOWNLOAD_SECONDS = 180;
const UNPACK_SECONDS = 60;

export const releaseSource: ServerSource = {
  name: `the official release ${PINNED_VERSION}`,
  remedy: `let this machine reach github.com, or put the program of a nats-server release on PATH`,
  async fetch(job) {
    const archive = ARCHIVES[process.arch];
    if (archive === undefined) return unavailable(`no release is pinned for ${process.arch}`);
    const file = join(job.folder, 'release.tar.gz');
    const url = `https://github.com/nats-io/nats-server/releases/download/v${PINNED_VERSION}/${archive.folder}.tar.gz`;
    const failure = await download(url, file, job);
    return failure === undefined ? unpack(job, file, archive) : unavailable(failure);
  },
};

async function unpack(job: FetchJob, file: string, archive: Archive): Promise<FetchResult> {
  const found = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (found !== archive.sha256)
    return unavailable(`the archive has checksum ${found}, not ${archive.sha256}: not used`);
  const result = await runTool('tar', ['-xzf', file, '-C', job.folder], {
    environment: job.environment,
    timeoutMilliseconds: UNPACK_SECONDS * 1000,
    signal: job.signal,
  });
  if (!succeeded(result)) return unavailable(failureOf('tar', result));
  return { kind: 'got', binary: join(job.folder, archive.folder, 'nats-server') };
}

/** Downloads by `curl`, which knows proxies, or else by Node. Gives the reason on failure. */
async function download(url: string, file: string, job: FetchJob): Promise<string | undefined> {
  const limits = ['--connect-timeout', `${ANSWER_SECONDS}`, '--speed-limit', '2000', '--speed-time', '10'];
  const curl = await runTool('curl', ['-fsSL', ...limits, '-o', file, url], {
    environment: job.environment,
    timeoutMilliseconds: DOWNLOAD_SECONDS * 1000,
    signal: job.signal,
  });
  if (succeeded(curl)) return undefined;
  return curl.kind === 'missing' ? downloadByNode(url, file) : failureOf('curl', curl);
}

async function downloadByNode(url: string, file: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_SECONDS * 1000) });
    if (!answer.ok) return `the download host answered ${answer.status}`;
    const body = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_SECONDS * 1000) });
    writeFileSync(file, new Uint8Array(await body.arrayBuffer()));
    return undefined;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `the download host cannot be reached (${cause instanceof Error ? cause.message : String(cause)})`;
  }
}
