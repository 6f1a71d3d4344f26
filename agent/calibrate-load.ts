/** Keeps a machine at a steady load while its sensors are calibrated. */

import { spawn, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';

import { endGroup } from './meter/sources/wall-meter-request.js';

/** A running load; disposed, it ends with all that it started. */
export interface Load extends Disposable {
  /** Resolves with one sentence if the load ends by itself. */
  readonly ended: Promise<string>;
}

/** Works in registers until it is ended or its parent is gone. */
const BUSY = `
const parent = process.ppid;
for (let x = 1; process.ppid === parent; ) for (let i = 0; i < 1e7; i++) x = (x * 1.0000001) % 7;
`;
/** The meter goes first. */
const NICENESS = 10;

/** So many cores kept busy, one process each. */
export function busyCores(count: number): Load {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', BUSY], { stdio: 'ignore', detached: true }),
  );
  for (const { pid } of children) if (pid !== undefined) lower(pid);
  return loadOf(children, 'a busy process');
}

/** The operator's own command line, by a shell, in a process group of its own. */
export function commandLoad(command: string): Load {
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  return loadOf([child], `the load (${command})`);
}

function loadOf(children: readonly ChildProcess[], name: string): Load {
  const ended = new Promise<string>((resolve) => {
    for (const child of children) {
      child.once('error', ({ message }) => resolve(`${name} did not start: ${message}`));
      child.once('exit', (code, signal) => resolve(`${name} ended by itself, with ${signal ?? `status ${code}`}`));
    }
  });
  return { ended, [Symbol.dispose]: () => children.forEach(({ pid }) => endGroup(pid)) };
}

function lower(pid: number): void {
  try {
    setPriority(pid, NICENESS);
  } catch {
    // It has ended, or may not; both show later.
  }
}
