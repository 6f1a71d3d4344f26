/** Agents that `ecopt run` starts on its own machine: processes like any other agent, kept running and drained at the end. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { EnvironmentError } from '../shared/domain/errors.js';
import type { Clock } from '../shared/runtime/clock.js';

export interface LocalAgentOptions {
  /** Arguments after `ecopt agent`. */
  readonly args: readonly string[];
  readonly name: string;
  /** Where its output goes. */
  readonly logFolder: string;
  readonly clock: Clock;
  readonly say: (line: string) => void;
  /** Called once, when it cannot be kept running. */
  readonly onFailure: (error: EnvironmentError) => void;
}

export interface LocalAgent {
  /** Finish or hand back what runs, then leave. */
  drain(): void;
  /** Hand back at once. */
  stop(): void;
  /** Resolves when the process is gone for good. */
  readonly gone: Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('../ecopt.js', import.meta.url));
/** Exit status of an agent whose flags are wrong: starting it again would not help. */
const USAGE_STATUS = 2;
/** An agent that ends by itself this often, each time within the given time, is given up. */
const QUICK_ENDS = 8;
const QUICK_SECONDS = 10;
const RESTART_MILLISECONDS = 1000;

export function startLocalAgent(options: LocalAgentOptions): LocalAgent {
  const { clock, name, say, onFailure } = options;
  let child: ChildProcess;
  let leaving = false;
  let quickEnds = 0;
  let resolveGone: () => void;
  const gone = new Promise<void>((resolve) => (resolveGone = resolve));
  const logFile = join(options.logFolder, `agent-${name}.log`);

  const giveUp = (how: string): void => {
    resolveGone();
    onFailure(new EnvironmentError(`agent ${name} ${how}: ${lastWords(logFile)}. Its output is in ${logFile}`));
  };
  const launch = (): void => {
    const started = clock.monotonicNanoseconds();
    child = launchAgent(options, logFile);
    child.once('exit', (code, signal) => {
      if (leaving) return resolveGone();
      if (code === USAGE_STATUS) return giveUp('does not start');
      const quick = clock.monotonicNanoseconds() - started < BigInt(QUICK_SECONDS) * 1_000_000_000n;
      quickEnds = quick ? quickEnds + 1 : 0;
      if (quickEnds < QUICK_ENDS) {
        say(`agent ${name} ended (${signal ?? `exit status ${code}`}); starting it again`);
        return void clock.after(RESTART_MILLISECONDS, () => (leaving ? resolveGone() : launch()));
      }
      giveUp('does not stay up');
    });
  };
  const signalled = (signal: NodeJS.Signals): void => {
    leaving = true;
    if (!child.kill(signal)) resolveGone();
  };
  launch();
  return { drain: () => signalled('SIGTERM'), stop: () => signalled('SIGTERM'), gone };
}

/** In a process group of its own, so that Ctrl-C reaches it only through the coordinator. */
function launchAgent({ args, logFolder }: LocalAgentOptions, logFile: string): ChildProcess {
  mkdirSync(logFolder, { recursive: true });
  const output = openSync(logFile, 'a');
  try {
    return spawn(process.execPath, [PROGRAM, 'agent', ...args], { detached: true, stdio: ['ignore', output, output] });
  } finally {
    closeSync(output);
  }
}

function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  return lines[lines.length - 1] || 'it said nothing';
}
