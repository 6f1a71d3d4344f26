/** The NATS server out of the distribution's package: unpacked without installing, or installed. */

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { unavailable, type FetchJob, type ServerSource } from './server-source.js';
import { failureOf, runTool, succeeded, type ToolResult } from './child-process.js';

const PACKAGE = 'nats-server';
const DOWNLOAD_SECONDS = 120;
const INSTALL_SECONDS = 300;

/** Give up soon on a mirror that does not answer. */
const IMPATIENT = ['Acquire::Retries=0', 'Acquire::http::Timeout=8', 'Acquire::https::Timeout=8'];
const UNREACHABLE =
  /Could not resolve|Temporary failure|Could not connect|Cannot initiate|[Cc]onnection (timed|failed)/;

/** Unpacks the package into the cache: no root needed, nothing installed. */
export const unpackedDebSource: ServerSource = {
  name: 'the unpacked Debian package',
  remedy: 'let this machine reach a Debian or Ubuntu mirror, with apt-get and dpkg-deb installed',
  async fetch(job) {
    const failure = await downloadDeb(job);
    if (failure !== undefined) return unavailable(failure);
    const deb = readdirSync(job.folder).find((name) => name.endsWith('.deb'));
    if (deb === undefined) return unavailable('apt-get brought nothing');
    const root = join(job.folder, 'root');
    const unpacked = await runTool('dpkg-deb', ['-x', join(job.folder, deb), root], toolOptions(job, DOWNLOAD_SECONDS));
    if (!succeeded(unpacked)) return unavailable(failureOf('dpkg-deb', unpacked));
    const binary = installedAt([join(root, 'usr', 'sbin'), join(root, 'usr', 'bin')]);
    return binary === undefined ? unavailable('the package holds no nats-server') : { kind: 'got', binary };
  },
};

/** Installs the package for the whole machine; needs root, or `sudo` without a password. */
export const installedDebSource: ServerSource = {
  name: 'the installed Debian package',
  remedy: `sudo apt-get install ${PACKAGE}`,
  async fetch(job) {
    let result = await installDeb(job);
    if (result.kind === 'exited' && result.status !== 0) {
      await privileged(job, ['update', ...settings(IMPATIENT)]);
      result = await installDeb(job);
    }
    if (!succeeded(result)) return unavailable(failureOf('apt-get', result));
    const binary = installedAt(job.searchFolders);
    return binary === undefined ? unavailable('the package brought no nats-server') : { kind: 'got', binary };
  },
};

/** Downloads with the system's package lists; where those are missing or stale, with fresh ones kept in `job.folder`. */
async function downloadDeb(job: FetchJob): Promise<string | undefined> {
  const plain = await aptGet(job, ['download', PACKAGE, ...settings(IMPATIENT)]);
  if (succeeded(plain)) return undefined;
  if (plain.kind !== 'exited') return failureOf('apt-get', plain);
  if (UNREACHABLE.test(plain.output)) return 'no Debian mirror answers';
  const own = settings([...IMPATIENT, ...ownState(job.folder)]);
  const updated = await aptGet(job, ['update', ...own]);
  if (updated.kind === 'exited' && UNREACHABLE.test(updated.output)) return 'no Debian mirror answers';
  const second = await aptGet(job, ['download', PACKAGE, ...own]);
  return succeeded(second) ? undefined : failureOf('apt-get', second);
}

/** Settings that let an ordinary user keep package lists of its own. */
function ownState(folder: string): string[] {
  const lists = join(folder, 'lists');
  const cache = join(folder, 'apt-cache');
  mkdirSync(join(lists, 'partial'), { recursive: true });
  mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
  return [`Dir::State::Lists=${lists}`, `Dir::Cache=${cache}`];
}

const settings = (pairs: readonly string[]): string[] => pairs.flatMap((pair) => ['-o', pair]);

const installDeb = (job: FetchJob): Promise<ToolResult> =>
  privileged(job, ['install', '-y', '--no-install-recommends', PACKAGE, ...settings(IMPATIENT)]);

const aptGet = (job: FetchJob, args: readonly string[]): Promise<ToolResult> =>
  runTool('apt-get', args, toolOptions(job, DOWNLOAD_SECONDS));

const privileged = (job: FetchJob, args: readonly string[]): Promise<ToolResult> =>
  process.getuid?.() === 0
    ? runTool('apt-get', args, toolOptions(job, INSTALL_SECONDS))
    : runTool('sudo', ['-n', 'apt-get', ...args], toolOptions(job, INSTALL_SECONDS));

const toolOptions = ({ folder, environment, signal }: FetchJob, seconds: number): Parameters<typeof runTool>[2] => ({
  folder,
  // Messages are matched below: they must be in English.
  environment: { ...environment, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  timeoutMilliseconds: seconds * 1000,
  signal,
});

const installedAt = (folders: readonly string[]): string | undefined =>
  folders.map((folder) => join(folder, PACKAGE)).find((path) => existsSync(path));
