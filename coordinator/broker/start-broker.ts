/** Starts the NATS server of this coordinator and keeps it running until it is closed. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { EnvironmentError, UsageError } from '../../shared/domain/errors.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Clock } from '../../shared/runtime/clock.js';
import {
  claimFolder,
  configFile,
  freeBytes,
  outputFile,
  rotateLog,
  saveRecord,
  streamFolder,
  writePrivate,
  type BrokerRecord,
} from './broker-folder.js';
import { firstFreePort, isLoopback, isPortFree, localAddress } from './loopback.js';
import { serverConfig, type Credentials, type TlsFiles } from './server-config.js';
import { launchServer, waitUntilReady, type Readiness, type ServerExit, type ServerProcess } from './server-process.js';
import { parseServerVersion, type ServerVersion } from './server-version.js';
import { supervise } from './supervise.js';
import { runTool } from './child-process.js';
import { watchDisk } from './watch-disk.js';

export interface BrokerOptions {
  /** The server program, as `findNatsServer` gives it. */
  readonly binary: string;
  /** Where streams, port and password are kept; on a local disk. */
  readonly folder: string;
  readonly host: string;
  /** Absent: the port of the last run, or else the first free one from 14222. */
  readonly port?: number;
  /** Needed for every host beyond loopback. */
  readonly tls?: TlsFiles;
  readonly log: Log;
  readonly clock: Clock;
  /** Called once if the server can no longer be kept running. */
  readonly onFailure: (error: EnvironmentError) => void;
}

export interface Broker {
  /** For clients on this machine, such as `nats://127.0.0.1:14222`; without the password. */
  readonly url: string;
  readonly port: number;
  readonly credentials: Credentials;
  /** Times the server was started again after it had ended by itself. */
  readonly restarts: () => number;
  close(): Promise<void>;
}

/** Below the range that the system gives to outgoing connections, so that it is still free at the next start. */
const FIRST_PORT = 14_222;
const PORTS_TRIED = 100;
/** Another program may take a port between the look and the start. */
const PORT_RACES = 3;
/** A stream folder of many gigabytes is read back within this. */
const READY_MILLISECONDS = 120_000;
const WRAPPERS = ['/usr/bin/setpriv', '/bin/setpriv'];

/**
 * Starts the server and resolves when it answers.
 *
 * Ends a server that a killed coordinator left behind on this folder. Keeps port and password over restarts.
 *
 * @throws {UsageError} if `host` is not loopback and there is no TLS.
 * @throws {EnvironmentError} if the port is taken, the disk is full or the server refuses to start; says which.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  if (!isLoopback(options.host) && options.tls === undefined) {
    throw new UsageError(
      `the message server may listen at ${options.host} only with --tls-ca, --tls-cert and --tls-key`,
    );
  }
  const folder = resolve(options.folder);
  const program = await prepareProgram(options.binary);
  const record = await claimFolder(folder, options.clock);
  const { port, server } = await startOnSomePort({ ...options, folder, program, record });
  const launch = (): ServerProcess => launchHere(folder, program.command);
  const ready = (started: ServerProcess): Promise<Readiness> => waitHere(started, { ...options, folder, port });
  const { log, clock, onFailure } = options;
  const supervisor = supervise(server, { launch, ready, log, clock, onFailure });
  const room = watchDisk({ freeBytes: () => freeBytes(folder), clock, log, onRoom: () => supervisor.restart() });
  log.info({ port, binary: options.binary, restoredPort: record.port === port }, 'message server started');
  return {
    url: `${options.tls === undefined ? 'nats' : 'tls'}://${bracketed(localAddress(options.host))}:${port}`,
    port,
    credentials: record.credentials,
    restarts: () => supervisor.restarts,
    close() {
      room[Symbol.dispose]();
      return supervisor.close();
    },
  };
}

interface Program {
  readonly command: readonly string[];
  readonly version: ServerVersion;
}

/** Where `setpriv` works, the server gets SIGTERM when this process dies in whatever way. */
async function prepareProgram(binary: string): Promise<Program> {
  const wrapped = WRAPPERS.filter((path) => existsSync(path)).map((path) => [path, '--pdeathsig', 'TERM', binary]);
  for (const command of [...wrapped, [binary]]) {
    const [program = binary, ...args] = command;
    const result = await runTool(program, [...args, '--version'], { environment: {}, timeoutMilliseconds: 10_000 });
    const version = result.kind === 'exited' ? parseServerVersion(result.output) : undefined;
    if (version !== undefined) return { command, version };
  }
  throw new EnvironmentError(`${binary} is no NATS server: it does not tell its version when run with --version`);
}

type Start = BrokerOptions & { readonly program: Program; readonly record: BrokerRecord };

async function startOnSomePort(start: Start): Promise<{ readonly port: number; readonly server: ServerProcess }> {
  for (let race = 1; ; race++) {
    const port = await choosePort(start);
    writeConfig(start, port);
    const server = launchHere(start.folder, start.program.command);
    const readiness = await waitHere(server, { ...start, port });
    if (readiness.kind === 'ready') {
      saveRecord(start.folder, { ...start.record, port });
      return { port, server };
    }
    server.kill('SIGKILL');
    const lostRace = readiness.kind === 'ended' && /address already in use/.test(readiness.exit.lastWords);
    if (!lostRace || start.port !== undefined || race === PORT_RACES) throw startFailure(start.folder, readiness);
  }
}

async function choosePort({ host, port, record, log }: Start): Promise<number> {
  const wanted = port ?? record.port;
  if (wanted !== undefined && (await isPortFree(host, wanted))) return wanted;
  if (port !== undefined) {
    throw new EnvironmentError(`port ${port} on ${host} is taken by another program; free it or give another port`);
  }
  const free = await firstFreePort(host, FIRST_PORT, PORTS_TRIED);
  if (free === undefined) {
    throw new EnvironmentError(
      `the message server cannot listen on ${host}: ports ${FIRST_PORT} to ${FIRST_PORT + PORTS_TRIED - 1} are all taken`,
    );
  }
  if (record.port !== undefined) log.warn({ earlierPort: record.port, port: free }, 'message server port changed');
  return free;
}

function writeConfig({ folder, host, tls, record, program }: Start, port: number): void {
  const settings = {
    ...{ name: serverName(folder), host, port, storeFolder: streamFolder(folder), credentials: record.credentials },
    ...(tls === undefined ? {} : { tls }),
  };
  writePrivate(configFile(folder), serverConfig(settings, program.version));
}

function launchHere(folder: string, command: readonly string[]): ServerProcess {
  rotateLog(folder);
  return launchServer({ command, configFile: configFile(folder), outputFile: outputFile(folder) });
}

interface Place {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}

const waitHere = (server: ServerProcess, { folder, host, port, clock }: Place): Promise<Readiness> =>
  waitUntilReady(server, {
    ...{ host, port, clock },
    serverName: serverName(folder),
    timeoutMilliseconds: READY_MILLISECONDS,
  });

/** One per folder, so that its greeting tells it from every other server. */
const serverName = (folder: string): string =>
  `ecopt-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function startFailure(
  folder: string,
  readiness: { readonly kind: 'ended'; readonly exit: ServerExit } | { readonly kind: 'silent' },
): EnvironmentError {
  const what =
    readiness.kind === 'silent'
      ? `did not answer within ${READY_MILLISECONDS / 1000} s`
      : `did not start: ${readiness.exit.lastWords || readiness.exit.how}`;
  return new EnvironmentError(`the message server ${what}; see ${outputFile(folder)}`);
}
