/** The set-up step on a small clone with a stand-in for npm and the compiler: what is done, redone and left alone. */

import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** Notes its call, then makes what an installation makes; waits between the two as long as `hold` exists. */
const NPM = `#!/bin/sh
echo npm >> calls
mkdir -p node_modules/typescript/bin node_modules/.bin
[ -e hold ] && echo npm is at work >&2
while [ -e hold ]; do sleep 0.05; done
[ -e broken-network ] && exit 1
cp compiler.cjs node_modules/typescript/bin/tsc
echo '{"type":"commonjs"}' > node_modules/typescript/package.json
cp package-lock.json node_modules/.package-lock.json
`;

const COMPILER = `const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs');
appendFileSync('calls', 'compiler\\n');
if (existsSync('broken-source')) process.exit(2);
mkdirSync('dist/coordinator/broker', { recursive: true });
writeFileSync('dist/ecopt.js', '');
writeFileSync('dist/coordinator/broker/find-server.js',
  'export const findNatsServer = async () => ({ version: { major: 2, minor: 14, patch: 5 }, origin: "from a test" });');
`;

const LOCK = {
  packages: { '': {}, 'node_modules/typescript': { version: '6.0.3' }, 'node_modules/gpu': { optional: true } },
};

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'ecopt-clone-'));
  cpSync('deploy', join(clone, 'deploy'), { recursive: true });
  for (const folder of ['bin', 'shared', 'coordinator', 'agent']) mkdirSync(join(clone, folder));
  write('package.json', '{"type":"module"}');
  write('package-lock.json', JSON.stringify(LOCK));
  write('compiler.cjs', COMPILER);
  write('ecopt.ts', '');
  write('shared/page.html', '<p>');
  write('bin/npm', NPM);
  chmodSync(join(clone, 'bin', 'npm'), 0o755);
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

const write = (path: string, text: string): void => writeFileSync(join(clone, path), text);
const remove = (path: string): void => rmSync(join(clone, path), { recursive: true });
const calls = (): string[] =>
  existsSync(join(clone, 'calls')) ? readFileSync(join(clone, 'calls'), 'utf8').split('\n').slice(0, -1) : [];

interface Run {
  readonly child: ChildProcess;
  /** The process is gone; what it started may live on and still speak. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** All is said. */
  readonly finished: Promise<number | null>;
  readonly said: () => string;
  /** Resolves when it has said this. */
  saying(words: string): Promise<void>;
}

function start(args: readonly string[] = [], path = `${join(clone, 'bin')}:/usr/bin:/bin`): Run {
  const env = { PATH: path, HOME: clone };
  const child = spawn(process.execPath, [join(clone, 'deploy', 'setup.mjs'), ...args], {
    cwd: clone,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  return {
    child,
    ended: new Promise((resolve) => child.once('exit', (status, signal) => resolve(signal ?? status ?? -1))),
    finished: new Promise((resolve) => child.once('close', resolve)),
    said: () => text,
    saying: (words) =>
      new Promise((resolve, reject) => {
        const look = (): void => void (text.includes(words) && resolve());
        child.stderr.on('data', look).once('end', () => reject(new Error(`never said "${words}" but: ${text}`)));
        look();
      }),
  };
}

/** Runs to the end, which must be a good one; gives what was said. */
async function setUp(): Promise<string> {
  const run = start();
  expect([await run.finished, run.said()]).toEqual([0, run.said()]);
  return run.said();
}

test('a fresh clone is installed and built; a second start finds nothing to do', async () => {
  expect(await setUp()).toMatch(/set up in .* s: packages installed, built; NATS server 2.14.5: from a test/);
  expect(calls()).toEqual(['npm', 'compiler']);
  expect(readFileSync(join(clone, 'dist', 'shared', 'page.html'), 'utf8')).toBe('<p>');
  expect(await setUp()).toContain('packages and build were up to date');
  expect(calls()).toEqual(['npm', 'compiler']);
});

test('a changed source is built again, without installing', async () => {
  await setUp();
  write('shared/page.html', '<p>changed');
  expect(await setUp()).toContain('building: the sources changed');
  expect(calls()).toEqual(['npm', 'compiler', 'compiler']);
});

test('a changed lock file is installed again', async () => {
  await setUp();
  write('package-lock.json', JSON.stringify({ ...LOCK, name: 'x' }));
  expect(await setUp()).toContain('the lock file, Node.js or the graphics driver changed');
});

test('an installation by hand that matches the lock file is taken as it is', async () => {
  await setUp();
  remove('node_modules/.ecopt-setup');
  expect(await setUp()).toContain('packages and build were up to date');
});

test('an installation by hand of other versions is replaced', async () => {
  await setUp();
  remove('node_modules/.ecopt-setup');
  write(
    'node_modules/.package-lock.json',
    JSON.stringify({ packages: { 'node_modules/typescript': { version: '5.0.0' } } }),
  );
  expect(await setUp()).toContain('packages installed');
});

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'an installation ended by %s is noticed and done again',
  async (signal) => {
    write('hold', '');
    const first = start();
    await first.saying('npm is at work');
    first.child.kill(signal);
    expect(await first.ended).toBe(signal);
    const second = start();
    await second.saying('npm is at work');
    remove('hold');
    expect(await second.finished).toBe(0);
    expect(second.said()).toContain('an earlier installation was not finished');
    expect(second.said().includes('left over by a set-up that was killed')).toBe(signal === 'SIGKILL');
    expect(calls()).toEqual(['npm', 'npm', 'compiler']);
  },
);

test('two at once: the second waits, and nothing is done twice', async () => {
  write('hold', '');
  const first = start();
  await first.saying('npm is at work');
  const second = start();
  await second.saying('another set-up of this clone is at work');
  remove('hold');
  expect(await Promise.all([first.finished, second.finished])).toEqual([0, 0]);
  expect(calls()).toEqual(['npm', 'compiler']);
});

test('one that waits for a killed set-up takes over', async () => {
  write('hold', '');
  const first = start();
  await first.saying('npm is at work');
  const second = start();
  await second.saying('another set-up of this clone is at work');
  first.child.kill('SIGKILL');
  await second.saying('npm is at work');
  remove('hold');
  expect(await second.finished).toBe(0);
});

test('without a network it ends in one line that says what to do, and the next start tries again', async () => {
  write('broken-network', '');
  const run = start();
  expect(await run.finished).toBe(1);
  expect(run.said()).toMatch(/\nnpm ci failed \(above is why\); mend it, .*run the same command again\n$/);
  remove('broken-network');
  await setUp();
});

test('a build that fails is not taken for one', async () => {
  write('broken-source', '');
  const run = start();
  expect([await run.finished, run.said()]).toEqual([1, expect.stringContaining('the build failed')]);
  remove('broken-source');
  expect(await setUp()).toContain('there is no finished build yet');
});

test('without npm it says so', async () => {
  const run = start([], '/nowhere');
  expect([await run.finished, run.said()]).toEqual([1, expect.stringContaining('npm is not on PATH')]);
});

test('for a server of one’s own, none is looked for', async () => {
  const run = start(['--without-nats']);
  expect([await run.finished, run.said()]).toEqual([0, expect.stringContaining('no NATS server asked for')]);
});

test('an argument it does not know is named', async () => {
  const run = start(['--fast']);
  expect([await run.finished, run.said()]).toEqual([1, 'unknown argument --fast; see node deploy/setup.mjs --help\n']);
});

test.each([
  [{ platform: 'linux', versions: { node: '18.20.4' } }, 'Node.js 18.20.4 is too old: ECOpt needs 20.19 or newer'],
  [{ platform: 'linux', versions: { node: '20.18.3' } }, 'Node.js 20.18.3 is too old: ECOpt needs 20.19 or newer'],
  [{ platform: 'win32', versions: { node: '22.1.0' } }, 'ECOpt runs on Linux; this is win32'],
])('%j is refused in one line', async (machine, words) => {
  const script = `import('${join(clone, 'deploy', 'machine.mjs')}').then((m) => m.checkMachine(${JSON.stringify(machine)}))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  await new Promise((resolve) => child.once('close', resolve));
  expect(text).toContain(words);
});
