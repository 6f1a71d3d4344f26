import { EventEmitter } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import {
  exitStatus,
  relaySignals,
  runCommand,
  type CommandEnd,
  type SignalRelay,
} from '../../agent/measure-process.js';
import { temporaryFolder } from './temporary-folder.js';

interface Running {
  readonly ended: Promise<CommandEnd>;
  readonly pid: () => number;
  readonly relay: SignalRelay;
  send(signal: NodeJS.Signals): void;
}

function start(argv: readonly [string, ...string[]], isFromTerminal = false): Running {
  const source = new EventEmitter();
  const relay = relaySignals({ source, isFromTerminal: () => isFromTerminal });
  let pid = 0;
  const ended = runCommand(
    {
      argv,
      workingFolder: process.cwd(),
      environment: process.env,
      withoutInput: true,
      onStart: (one) => (pid = one),
      onExit: () => undefined,
    },
    relay,
  );
  return { ended, relay, pid: () => pid, send: (signal) => void source.emit(signal, signal) };
}

const node = (program: string): readonly [string, ...string[]] => [process.execPath, '-e', program];

/** A program that says in a file which signals it got, and ends when it is told to by SIGTERM. */
function recorder(folder: string, name: string): string {
  return `
    const { appendFileSync } = require('node:fs');
    const say = (text) => appendFileSync(${JSON.stringify(join(folder, name))}, text + '\\n');
    for (const signal of ['SIGINT', 'SIGUSR1', 'SIGTERM']) process.on(signal, () => {
      say(signal);
      if (signal === 'SIGTERM') process.exit(7);
    });
    setInterval(() => undefined, 1000);
    say('ready');`;
}

const saidIn = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
const until = (check: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(check()).toBe(true), { timeout: 10_000 });

test.each([
  ['a status', node('process.exit(3)'), 3],
  ['success', node(''), 0],
  ['its death by a signal', node("process.kill(process.pid, 'SIGKILL')"), 137],
  ['its absence', ['no-such-program-anywhere'] as const, 127],
])('a command that ends with %s gives the status of a shell', async (_, argv, status) => {
  expect(exitStatus(await start(argv).ended)).toBe(status);
});

test('a file that is no program cannot be run: 126', async () => {
  const file = join(temporaryFolder(), 'plain.txt');
  writeFileSync(file, 'no program', { mode: 0o644 });
  const end = await start([file]).ended;
  expect(end).toMatchObject({ kind: 'not-started', status: 126 });
  expect(end.kind === 'not-started' && end.reason).toContain('it is no program that you may run');
});

test.each([
  ['', 127, 'there is no such program'],
  ['/etc/passwd/x', 126, 'a part of its path is no folder'],
  [`/${'x'.repeat(300)}`, 126, 'its name is too long'],
])('%j cannot be started: %i, and one line says why', async (program, status, why) => {
  const end = await start([program]).ended;
  expect(end).toMatchObject({ kind: 'not-started', status });
  expect(end.kind === 'not-started' && end.reason).toContain(why);
});

test('a link to itself cannot be started', async () => {
  const link = join(temporaryFolder(), 'link');
  symlinkSync(link, link);
  expect(await start([link]).ended).toMatchObject({ kind: 'not-started', status: 126 });
});

test('signals from elsewhere reach the command, each as often as it came', async () => {
  const folder = temporaryFolder();
  const running = start(node(recorder(folder, 'log')));
  const log = join(folder, 'log');
  await until(() => saidIn(log).includes('ready'));
  running.send('SIGUSR1');
  await until(() => saidIn(log).includes('SIGUSR1'));
  expect(running.relay.ended.aborted).toBe(false);
  running.send('SIGINT');
  await until(() => saidIn(log).includes('SIGINT'));
  running.send('SIGTERM');
  expect(exitStatus(await running.ended)).toBe(7);
  expect(saidIn(log)).toEqual(['ready', 'SIGUSR1', 'SIGINT', 'SIGTERM']);
  expect(running.relay.signal).toBe('SIGINT');
});

test('Ctrl-C of a terminal has reached the command already and is not given to it again', async () => {
  const folder = temporaryFolder();
  const running = start(node(recorder(folder, 'log')), true);
  await until(() => saidIn(join(folder, 'log')).includes('ready'));
  running.send('SIGINT');
  running.send('SIGTERM');
  expect(exitStatus(await running.ended)).toBe(7);
  expect(saidIn(join(folder, 'log'))).toEqual(['ready', 'SIGTERM']);
  expect(running.relay.ended.aborted).toBe(true);
});

test('an interrupt from elsewhere goes to all processes of the command, as from a terminal', async () => {
  const folder = temporaryFolder();
  const child = `${recorder(folder, 'child')} process.on('SIGINT', () => process.exit(0));`;
  const parent = `
    ${recorder(folder, 'parent')}
    require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' })
      .on('exit', () => process.exit(5));`;
  const running = start(node(parent));
  await until(() => ['parent', 'child'].every((name) => saidIn(join(folder, name)).includes('ready')));
  running.send('SIGINT');
  expect(exitStatus(await running.ended)).toBe(5);
  expect(saidIn(join(folder, 'child'))).toEqual(['ready', 'SIGINT']);
  expect(saidIn(join(folder, 'parent'))).toEqual(['ready', 'SIGINT']);
});

test('signals after its end go nowhere, and the relay lets go of its source', async () => {
  const source = new EventEmitter();
  const relay = relaySignals({ source, isFromTerminal: () => false });
  await runCommand(
    {
      argv: node(''),
      workingFolder: '.',
      environment: process.env,
      withoutInput: true,
      onStart: () => undefined,
      onExit: () => undefined,
    },
    relay,
  );
  expect(relay.target).toBeUndefined();
  expect(() => source.emit('SIGTERM', 'SIGTERM')).not.toThrow();
  relay[Symbol.dispose]();
  expect(source.listenerCount('SIGTERM')).toBe(0);
});
