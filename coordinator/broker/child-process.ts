/** Starts other programs: a tool that runs to its end within a time limit, or a server that stays. */

import { spawn } from 'node:child_process';

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ToolOptions {
  /** Also says where the tool is looked for: `PATH`. */
  readonly environment: Environment;
  readonly timeoutMilliseconds: number;
  readonly folder?: string;
  readonly signal?: AbortSignal | undefined;
}

export type ToolResult =
  | { readonly kind: 'exited'; readonly status: number; readonly output: string }
  /** There is no such program, or it cannot be started. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'timed-out' };

/** A program that runs until it ends or is ended. */
export interface LongRunning {
  readonly pid: number | undefined;
  /** Exit status or signal, or why it could not be started, for people. */
  readonly ended: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Characters of output that are kept, from the end. */
const KEPT_OUTPUT = 65_536;

/** Runs `command`, found on the `PATH` of `options.environment`, without a shell and without standard input. */
export function runTool(command: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  // Not the `timeout` of spawn: its timer outlives a program that could not be started, and keeps this process waiting.
  const limits = [AbortSignal.timeout(options.timeoutMilliseconds), ...(options.signal ? [options.signal] : [])];
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.folder,
      env: { ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      killSignal: 'SIGKILL',
      signal: AbortSignal.any(limits),
    });
    let output = '';
    const keep = (text: string): void => void (output = (output + text).slice(-KEPT_OUTPUT));
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => {
      // Its own children may outlive it and hold its pipes open: do not wait for them.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      resolve(error.name === 'AbortError' ? { kind: 'timed-out' } : { kind: 'missing' });
    });
    child.once('close', (status) => resolve({ kind: 'exited', status: status ?? 1, output }));
  });
}

/**
 * Starts a program with an empty environment in a session of its own, so that Ctrl-C in the terminal reaches only the one
 * who supervises it.
 *
 * @param output - open file that receives everything it prints
 */
export function startInOwnSession(command: readonly string[], output: number): LongRunning {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { detached: true, stdio: ['ignore', output, output], env: {} });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it cannot be started: ${error.message}`));
    child.once('exit', (status, signal) => resolve(signal === null ? `exit status ${status}` : `signal ${signal}`));
  });
  return { pid: child.pid, ended, kill: (signal) => void child.kill(signal) };
}

/** True when the tool ran and was content. */
export const succeeded = (result: ToolResult): boolean => result.kind === 'exited' && result.status === 0;

/** Why a tool did not do its work, in a few words. */
export function failureOf(tool: string, result: ToolResult): string {
  if (result.kind === 'missing') return `${tool} is not installed`;
  if (result.kind === 'timed-out') return `${tool} took too long`;
  const lines = result.output.split('\n').map((line) => line.trim());
  const telling = lines.findLast((line) => /^(E:|ERROR|error|curl:|go:)|: error/.test(line)) ?? lines.findLast(Boolean);
  return `${tool} failed: ${(telling ?? `status ${result.status}`).slice(0, 200)}`;
}
