/** One run of the NATS server: started, waited for until it answers, ended. */

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

import type { Clock } from '../../shared/runtime/clock.js';
import { startInOwnSession } from './child-process.js';
import { localAddress } from './loopback.js';
import { readServerInfo } from './server-info.js';

export interface ServerLaunch {
  /** Program and first arguments: the server itself, or a wrapper that becomes it. */
  readonly command: readonly string[];
  readonly configFile: string;
  /** Receives everything that the server prints. */
  readonly outputFile: string;
}

/** How a server process ended. */
export interface ServerExit {
  /** Exit status or signal, or why it could not be started, for people. */
  readonly how: string;
  /** Its last error lines in one; empty if it said nothing. */
  readonly lastWords: string;
}

export interface ServerProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<ServerExit>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the server; it is not ready yet. */
export function launchServer({ command, configFile, outputFile }: ServerLaunch): ServerProcess {
  const output = openSync(outputFile, 'a', 0o600);
  try {
    const printedBefore = fstatSync(output).size;
    const { pid, ended, kill } = startInOwnSession([...command, '-c', configFile], output);
    const printed = (): string => readFileSync(outputFile).subarray(printedBefore).toString('utf8');
    return { pid, kill, exited: ended.then((how) => ({ how, lastWords: lastWords(printed()) })) };
  } finally {
    closeSync(output);
  }
}

export interface Expectation {
  readonly host: string;
  readonly port: number;
  /** Name in the greeting: another server on the same port is not ours. */
  readonly serverName: string;
  readonly clock: Clock;
  /** A large stream folder takes long to be read back. */
  readonly timeoutMilliseconds: number;
}

export type Readiness =
  { readonly kind: 'ready' } | { readonly kind: 'ended'; readonly exit: ServerExit } | { readonly kind: 'silent' };

/** Waits until the server greets, ends, or has been silent for too long. */
export async function waitUntilReady(server: ServerProcess, expected: Expectation): Promise<Readiness> {
  const { host, port, serverName, clock, timeoutMilliseconds } = expected;
  let exit: ServerExit | undefined;
  void server.exited.then((end) => (exit = end));
  const deadline = clock.monotonicNanoseconds() + BigInt(timeoutMilliseconds) * 1_000_000n;
  for (let pause = 5; clock.monotonicNanoseconds() < deadline; pause = Math.min(100, pause * 2)) {
    const info = await readServerInfo(localAddress(host), port);
    if (info?.serverName === serverName) return { kind: 'ready' };
    if (exit !== undefined) return { kind: 'ended', exit };
    await clock.sleep(pause);
  }
  return { kind: 'silent' };
}

/** The line that tells why a server gave up: its last fatal one, else what it printed before its log began. */
function lastWords(output: string): string {
  const lines = output.trimEnd().split('\n');
  const fatal = lines.findLast(
    (line) => / \[(FTL|ERR)\] /.test(line) || /^(nats-server|panic|fatal error):/.test(line),
  );
  return fatal?.replace(/^.*? \[(FTL|ERR)\] /, '').replace(/^nats-server: /, '') ?? '';
}
