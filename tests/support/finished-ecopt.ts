/** The built program run to its end, with its streams kept apart byte by byte. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FinishOptions {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each piece of standard output. */
  onOutput?(text: string, signal: (name: NodeJS.Signals) => void): void;
}

/** Runs `ecopt ARGS`; signals of `onOutput` go to its first process alone. */
export function finishedEcopt(args: readonly string[], options: FinishOptions = {}): Promise<Finished> {
  const program = resolve('dist/ecopt.js');
  if (!existsSync(program)) throw new Error(`${program} is missing: run "npm run build" first`);
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, NO_COLOR: '1', ...options.environment },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    options.onOutput?.(text, (name) => void child.kill(name));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((done) => child.once('close', (status) => done({ status, stdout, stderr })));
}
