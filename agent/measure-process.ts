/** Runs a command as a shell would have: with this terminal, in this process group, given the signals that come here. */

import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

import type { SignalSource } from '../shared/runtime/interruptions.js';
import { processFiles } from './meter/sampling/process-stat.js';
import type { Exit } from './runner/subprocess.js';

/** How a command ended; `not-started`: it never ran. */
export type CommandEnd = Exit | { readonly kind: 'not-started'; readonly status: 126 | 127; readonly reason: string };

export interface CommandOptions {
  readonly argv: readonly [string, ...string[]];
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** True: it reads nothing, since what comes in can be read only once. */
  readonly withoutInput: boolean;
  /** At once when the command has been started, with its pid. */
  onStart(pid: number): void;
  /** At once when it has ended, or could not be started. */
  onExit(): void;
}

/** Resolves when the command itself has ended; what it left behind may still run. */
export function runCommand(options: CommandOptions, signals: SignalRelay): Promise<CommandEnd> {
  const [program, ...args] = options.argv;
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      cwd: options.workingFolder,
      env: options.environment,
      stdio: [options.withoutInput ? 'ignore' : 'inherit', 'inherit', 'inherit'],
    });
  } catch (cause) {
    // Some faults come as a throw, others as an event.
    options.onExit();
    return Promise.resolve(notStarted(program, cause as NodeJS.ErrnoException));
  }
  if (child.pid !== undefined) options.onStart(child.pid);
  return ended(child, { program, onExit: () => options.onExit() }, signals);
}

/** Exit status that a shell gives for it. */
export function exitStatus(end: CommandEnd): number {
  if (end.kind === 'not-started') return end.status;
  return end.kind === 'code' ? end.code : 128 + constants.signals[end.signal];
}

/**
 * Keeps this process alive under signals, and hands those on that a command would otherwise miss.
 *
 * A terminal sends Ctrl-C and Ctrl-\ to every process of its foreground group: the command has them already, and twice is
 * once too often. From elsewhere they are given to every process of the command, as a terminal would; others, such as
 * SIGTERM, to its first process alone.
 */
export interface SignalRelay extends Disposable {
  /** Aborted by the first signal that asks to end. */
  readonly ended: AbortSignal;
  /** Name of that signal. */
  readonly signal: NodeJS.Signals | undefined;
  /** The command that signals are for from now on, or none. */
  target: ChildProcess | undefined;
}

export interface SignalRelayOptions {
  readonly source: SignalSource;
  /** Whether the terminal has sent this to the command too. */
  readonly isFromTerminal: () => boolean;
}

export function relaySignals({ source, isFromTerminal }: SignalRelayOptions): SignalRelay {
  const ended = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (ENDING.includes(signal) && !ended.signal.aborted) {
      relay.signal = signal;
      ended.abort();
    }
    const { target } = relay;
    if (target?.pid === undefined || target.exitCode !== null || target.signalCode !== null) return;
    if (!FROM_KEYS.includes(signal)) target.kill(signal);
    else if (!isFromTerminal()) signalTree(target.pid, signal);
  };
  const relay = {
    ended: ended.signal,
    signal: undefined as NodeJS.Signals | undefined,
    target: undefined as ChildProcess | undefined,
    [Symbol.dispose]: () => RELAYED.forEach((signal) => source.off(signal, onSignal)),
  };
  for (const signal of RELAYED) source.on(signal, onSignal);
  return relay;
}

/** Whether this process is in the foreground of a terminal, which then sends its signals to all of the group. */
export function isInForeground(): boolean {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return terminal !== '0' && foreground === group;
}

const FROM_KEYS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const ENDING: readonly NodeJS.Signals[] = [...FROM_KEYS, 'SIGTERM', 'SIGHUP'];
const RELAYED: readonly NodeJS.Signals[] = [...ENDING, 'SIGUSR1', 'SIGUSR2'];

interface Ending {
  readonly program: string;
  readonly onExit: () => void;
}

function ended(child: ChildProcess, { program, onExit }: Ending, signals: SignalRelay): Promise<CommandEnd> {
  signals.target = child;
  return new Promise((resolve) => {
    const end = (how: CommandEnd): void => {
      onExit();
      signals.target = undefined;
      resolve(how);
    };
    child.once('error', (cause: NodeJS.ErrnoException) => {
      if (child.pid === undefined) end(notStarted(program, cause));
    });
    child.once('exit', (code, signal) =>
      end(signal === null ? { kind: 'code', code: code ?? 0 } : { kind: 'signal', signal }),
    );
  });
}

/** As POSIX shells tell the two apart: 127 for what is not there, 126 for what cannot be run. */
function notStarted(program: string, { code = '', message }: NodeJS.ErrnoException): CommandEnd {
  const name = program === '' ? 'a program without a name' : program;
  if (code === 'ENOENT' || program === '') {
    return { kind: 'not-started', status: 127, reason: `${name}: there is no such program` };
  }
  return { kind: 'not-started', status: 126, reason: `${name}: ${NOT_STARTED[code] ?? message}` };
}

const NOT_STARTED: Readonly<Record<string, string>> = {
  EACCES: 'it is no program that you may run',
  ENOTDIR: 'a part of its path is no folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  E2BIG: 'its arguments are too long',
  ENOEXEC: 'it is no program for this machine, or has no first line that names one',
};

/** A process that a command has left behind. */
export interface LeftProcess {
  readonly pid: number;
  /** Name of the program, where it can be read. */
  readonly name?: string;
}

/** Processes that run with this `NAME=value` in their environment, as far as it may be read. */
export function processesWith(mark: string): readonly LeftProcess[] {
  const files = processFiles('/proc');
  const found = files.pids().filter((pid) => files.hasVariable(pid, mark));
  return found.map((pid) => {
    const name = files.name(pid);
    return { pid, ...(name !== undefined && { name }) };
  });
}

function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const one of [pid, ...descendantsOf(pid)]) {
    try {
      process.kill(one, signal);
    } catch {
      // It ended by itself in between.
    }
  }
}

/** Processes that were started by this one, directly or not, and whose parents still run. */
function descendantsOf(root: number): readonly number[] {
  const files = processFiles('/proc');
  const stats = files.pids().flatMap((pid) => files.stat(pid) ?? []);
  const found = [root];
  for (const pid of found) found.push(...stats.filter(({ parent }) => parent === pid).map((stat) => stat.pid));
  return found.slice(1);
}
