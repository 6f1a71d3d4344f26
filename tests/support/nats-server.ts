/** A real NATS server for one test, on a free port and a folder of its own: `await using nats = await startNats()`. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findNatsServer } from '../../coordinator/broker/find-server.js';
import { serverConfig } from '../../coordinator/broker/server-config.js';
import { launchServer, waitUntilReady, type ServerProcess } from '../../coordinator/broker/server-process.js';
import { systemClock } from '../../shared/runtime/clock.js';

export interface TestNats extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** JetStream's folder. */
  readonly storeFolder: string;
  /** Ends the server and resolves when it is gone; streams stay on disk. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Loses everything that a killed server kept. */
  forget(): void;
  /** Starts the server again on the same port and streams, after ending it if it runs. */
  restart(): Promise<void>;
}

/** Starts a server with JetStream and without a password; uses one on this machine, never downloads. */
export async function startNats(): Promise<TestNats> {
  const { binary, version } = await findNatsServer({
    environment: process.env,
    say: () => undefined,
    mayFetch: false,
    mayInstall: false,
  });
  const folder = mkdtempSync(join(tmpdir(), 'ecopt-nats-'));
  const storeFolder = join(folder, 'jetstream');
  const port = await freePort();
  const place = { name: folder, host: '127.0.0.1', port, storeFolder };
  const configFile = join(folder, 'nats-server.conf');
  writeFileSync(configFile, serverConfig(place, version));

  let server: ServerProcess | undefined;
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    server?.kill(signal);
    await server?.exited;
    server = undefined;
  };
  const restart = async (): Promise<void> => {
    await kill();
    server = launchServer({ command: [binary], configFile, outputFile: join(folder, 'nats-server.log') });
    const expected = { host: place.host, port, serverName: folder, clock: systemClock, timeoutMilliseconds: 30_000 };
    const readiness = await waitUntilReady(server, expected);
    if (readiness.kind !== 'ready') throw new Error(`nats-server did not start: ${JSON.stringify(readiness)}`);
  };
  await restart();
  return {
    ...{ url: `nats://${place.host}:${port}`, port, storeFolder, kill, restart },
    forget: () => rmSync(storeFolder, { recursive: true, force: true }),
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that nothing listens on now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
