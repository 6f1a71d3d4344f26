/** What all parts of the set-up use: where they are, how they speak, fail and start other programs. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Something that the person at the keyboard can mend; the message is the one line shown. */
export class SetupError extends Error {}

export const say = (line) => void process.stderr.write(`${line}\n`);

/** Whether the module of this address is the program that was started. */
export const isMain = (url) =>
  process.argv[1] !== undefined && url === pathToFileURL(realpathSync(process.argv[1])).href;

/** Runs `work` as a command: one line and status 1 for a failure that was foreseen. */
export async function asCommand(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupError) && error?.code !== 'ENVIRONMENT') throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

export const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

/** The text of a file; `undefined` if it cannot be read. */
export function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A folder of this clone for what a set-up must remember while it works. */
export function workFolder() {
  const folder = join(ROOT, '.ecopt');
  try {
    accessSync(ROOT, constants.W_OK);
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new SetupError(`${ROOT} cannot be written (${error.code}): set it up as its owner, or clone it anew`);
  }
  return folder;
}

/**
 * Runs a program to its end, its output on standard error; gives the exit status.
 *
 * What ends this process ends the program first, and at once: npm would take half a minute to undo its work, which the
 * next set-up does anyway.
 */
export function run(program, args, { env = process.env, onStart } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 2, 2] });
    let received;
    const endChild = (signal) => {
      received = signal;
      child.kill('SIGKILL');
    };
    const end = (status) => {
      for (const signal of ENDING) process.off(signal, endChild);
      // With the listeners gone, the signal now does what it does to every program.
      if (received === undefined) resolve(status);
      else process.kill(process.pid, received);
    };
    for (const signal of ENDING) process.on(signal, endChild);
    child.once('error', () => end(127));
    child.once('exit', (status) => end(status ?? 128));
    onStart?.(child.pid);
  });
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'];
