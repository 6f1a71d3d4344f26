/** Starts programs in a process group of their own and makes sure that nothing of them is left. */

import { spawn, type ChildProcess } from 'node:child_process';

import { EnvironmentError } from '../../shared/domain/errors.js';
import type { Clock } from '../../shared/runtime/clock.js';
import { groupMembers, identifyProcess, isRunning, markedProcesses, type ProcessIdentity } from './process-table.js';

/** How a program ended. */
export type Exit =
  { readonly kind: 'code'; readonly code: number } | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

export interface SubprocessOptions {
  /** Program and arguments; never given to a shell. */
  readonly argv: readonly string[];
  readonly workingFolder: string;
  /** The whole environment of the program: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** `NAME=value` out of `environment` that no other program has: finds processes that leave the group. */
  readonly mark: string;
  readonly clock: Clock;
  onOutput(chunk: Uint8Array): void;
}

export interface Subprocess {
  /** Pid of the program and number of its process group. */
  readonly group: number;
  readonly identity: ProcessIdentity | undefined;
  /** Resolves with the program itself; children that it left behind may still run. */
  readonly exited: Promise<{ readonly exit: Exit; readonly atNanoseconds: bigint }>;
  /**
   * Ends every process of the trial; resolves when none is left and the output is complete, with the pids of those
   * that even SIGKILL does not end (stuck in a driver).
   */
  end(graceMilliseconds: number): Promise<readonly number[]>;
}

/** Time for the last output of a dead group to arrive. */
const OUTPUT_MILLISECONDS = 1000;
const FIRST_POLL_MILLISECONDS = 5;
const LAST_POLL_MILLISECONDS = 200;
/** After this long a killed process counts as stuck. */
const STUCK_MILLISECONDS = 10_000;

/** @throws {EnvironmentError} if the program cannot be started here. */
export async function startSubprocess(options: SubprocessOptions): Promise<Subprocess> {
  const { clock } = options;
  const [program = '', ...args] = options.argv;
  const child = spawn(program, args, {
    cwd: options.workingFolder,
    env: options.environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = exitOf(child, clock);
  const complete = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdout.on('data', options.onOutput);
  child.stderr.on('data', options.onOutput);
  const group = await started(child, options);
  return {
    group,
    identity: identifyProcess(group),
    exited,
    async end(graceMilliseconds) {
      const find = (): readonly number[] => union(groupMembers(group), markedProcesses(options.mark));
      const stuck = await endProcesses({ find, graceMilliseconds, clock });
      const giveUp = new AbortController();
      await Promise.race([complete, clock.sleep(OUTPUT_MILLISECONDS, giveUp.signal)]);
      giveUp.abort();
      child.stdout.destroy();
      child.stderr.destroy();
      return stuck;
    },
  };
}

function started(child: ChildProcess, { argv, workingFolder }: SubprocessOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.on('error', (cause) => {
      const { code } = cause as NodeJS.ErrnoException;
      const message = `cannot start ${argv[0]} in ${workingFolder} (${code ?? cause.message})`;
      reject(new EnvironmentError(message, { code }, { cause }));
    });
  });
}

function exitOf(child: ChildProcess, clock: Clock): Subprocess['exited'] {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const exit: Exit = signal === null ? { kind: 'code', code: code ?? 0 } : { kind: 'signal', signal };
      resolve({ exit, atNanoseconds: clock.monotonicNanoseconds() });
    });
  });
}

/**
 * Kills what an agent that died left running: the recorded leader's group if it is still that very process, and
 * everything with the trial's mark. Resolves with the number of processes found.
 */
export async function endLeftovers(leader: ProcessIdentity | undefined, mark: string, clock: Clock): Promise<number> {
  const find = (): readonly number[] =>
    union(leader && isRunning(leader) ? groupMembers(leader.pid) : [], markedProcesses(mark));
  const found = find();
  await endProcesses({ find, graceMilliseconds: 0, clock });
  return found.length;
}

interface EndOptions {
  find(): readonly number[];
  readonly graceMilliseconds: number;
  readonly clock: Clock;
}

/** SIGTERM, a time of grace, SIGKILL until nothing is found. */
async function endProcesses({ find, graceMilliseconds, clock }: EndOptions): Promise<readonly number[]> {
  const begin = clock.monotonicNanoseconds();
  const elapsed = (): number => Number(clock.monotonicNanoseconds() - begin) / 1e6;
  let left = find();
  if (graceMilliseconds > 0) signalAll(left, 'SIGTERM');
  for (let poll = FIRST_POLL_MILLISECONDS; left.length > 0; poll = Math.min(2 * poll, LAST_POLL_MILLISECONDS)) {
    if (elapsed() >= graceMilliseconds) signalAll(left, 'SIGKILL');
    if (elapsed() >= graceMilliseconds + STUCK_MILLISECONDS) break;
    await clock.sleep(Math.min(poll, Math.max(FIRST_POLL_MILLISECONDS, graceMilliseconds - elapsed())));
    left = find();
  }
  return left;
}

const union = (a: readonly number[], b: readonly number[]): readonly number[] => [...new Set([...a, ...b])];

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself in between.
    }
  }
}
