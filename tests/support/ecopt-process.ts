/** The built program as a user runs it, for scenario tests: real processes, real wire, killed at will. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

import type { JsonLine } from '../../coordinator/cli/json-line.js';

const PROGRAM = 'dist/ecopt.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface EcoptProcess extends AsyncDisposable {
  readonly pid: number;
  /** Lines of standard output and standard error so far. */
  readonly lines: readonly string[];
  /** Standard error so far. */
  errors(): string;
  /** The first line, also an earlier one, that fulfils `test`; fails when the process ends without one. */
  line(test: (line: string) => boolean): Promise<string>;
  /** The first `--json` line of the wanted kind that fulfils `test`. */
  event<Kind extends JsonLine['event']>(
    kind: Kind,
    test?: (line: JsonLine & { event: Kind }) => boolean,
  ): Promise<JsonLine & { event: Kind }>;
  kill(signal?: NodeJS.Signals): void;
  readonly exited: Promise<Exit>;
}

export interface ProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

/** Starts `ecopt ARGS`; on disposal the process is killed if it still runs. */
export function startEcopt(args: readonly string[], { environment = {}, folder }: ProcessOptions = {}): EcoptProcess {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run "npm run build" first`);
  const child = spawn(process.execPath, [`${process.cwd()}/${PROGRAM}`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...environment },
    ...(folder === undefined ? {} : { cwd: folder }),
  });
  const watched = watch(child, args);
  return {
    pid: child.pid!,
    ...watched,
    kill: (signal = 'SIGKILL') => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await watched.exited;
    },
  };
}

function watch(
  child: ChildProcess,
  args: readonly string[],
): Omit<EcoptProcess, 'pid' | 'kill' | typeof Symbol.asyncDispose> {
  const lines: string[] = [];
  let stderr = '';
  const waiting = new Set<() => boolean>();
  const wake = (): void => waiting.forEach((check) => check() && waiting.delete(check));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      wake();
    });
  }
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  const find = <T>(pick: (line: string) => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      let seen = 0;
      const check = (): boolean => {
        while (seen < lines.length) {
          const found = pick(lines[seen++]!);
          if (found !== undefined) {
            resolve(found);
            return true;
          }
        }
        return false;
      };
      if (check()) return;
      waiting.add(check);
      void exited.then(({ code, signal }) => {
        const shown = `ecopt ${args.join(' ')} ended (${signal ?? code}) before that`;
        reject(new Error(`${shown}:\n${lines.slice(-15).join('\n')}\n${stderr.slice(-4000)}`));
      });
    });
  return {
    lines,
    exited,
    errors: () => stderr,
    line: (test) => find((line) => (test(line) ? line : undefined)),
    event: (kind, test = () => true) =>
      find((line) => {
        const parsed = jsonOf(line);
        if (parsed?.event !== kind) return undefined;
        const wanted = parsed as JsonLine & { event: typeof kind };
        return test(wanted) ? wanted : undefined;
      }),
  };
}

function jsonOf(line: string): JsonLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as JsonLine;
  } catch {
    return undefined;
  }
}
