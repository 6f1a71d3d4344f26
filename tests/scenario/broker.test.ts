/** The supervised NATS server, for real: kills, left-over servers, taken ports, strangers, the oldest and newest config. */

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, Events, type NatsConnection } from 'nats';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { configFile, outputFile } from '../../coordinator/broker/broker-folder.js';
import { findNatsServer } from '../../coordinator/broker/find-server.js';
import { processesWithArgument } from '../../coordinator/broker/process-table.js';
import { launchServer } from '../../coordinator/broker/server-process.js';
import { startBroker, type Broker, type BrokerOptions } from '../../coordinator/broker/start-broker.js';
import type { EnvironmentError } from '../../shared/domain/errors.js';
import { systemClock } from '../../shared/runtime/clock.js';
import { createLog } from '../../shared/runtime/log.js';
import { startNats } from '../support/nats-server.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'ecopt-broker-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const found = await findNatsServer({
  environment: process.env,
  say: () => undefined,
  mayFetch: false,
  mayInstall: false,
});

const start = (more: Partial<BrokerOptions> = {}): Promise<Broker> =>
  startBroker({
    binary: found.binary,
    folder,
    host: '127.0.0.1',
    log: createLog({ level: 'silent', format: 'text' }),
    clock: systemClock,
    onFailure: (error: EnvironmentError) => expect.fail(error.message),
    ...more,
  });

const enter = ({ url, credentials }: Broker): Promise<NatsConnection> =>
  connect({ servers: url, user: credentials.user, pass: credentials.password, reconnectTimeWait: 20 });

const serverPid = (): number => processesWithArgument(configFile(folder))[0]!.pid;

async function occupy(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

test('a killed server comes back on its port with every acknowledged message', async () => {
  const broker = await start();
  try {
    const client = await enter(broker);
    const manager = await client.jetstreamManager();
    await manager.streams.add({ name: 'EVENTS', subjects: ['events.>'] });
    for (let i = 0; i < 20; i++) await client.jetstream().publish('events.a', `${i}`);
    const back = (async () => {
      for await (const status of client.status()) if (status.type === Events.Reconnect) return;
    })();
    process.kill(serverPid(), 'SIGKILL');
    await back;
    expect((await manager.streams.info('EVENTS')).state.messages).toBe(20);
    expect(broker.restarts()).toBe(1);
    await client.close();
  } finally {
    await broker.close();
  }
  expect(processesWithArgument(configFile(folder))).toEqual([]);
});

test('port and password stay the same over a restart of the coordinator', async () => {
  const first = await start();
  await first.close();
  const second = await start();
  await second.close();
  expect([second.port, second.credentials]).toEqual([first.port, first.credentials]);
});

test('a stranger without the password is kept out, and the password is readable by its owner alone', async () => {
  const broker = await start();
  try {
    await expect(connect({ servers: broker.url, reconnect: false })).rejects.toThrow(/authorization/i);
    for (const file of ['broker.json', 'nats-server.conf']) expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
  } finally {
    await broker.close();
  }
});

test('a server that a killed coordinator left behind is ended before a new one starts', async () => {
  const first = await start();
  await first.close();
  const paths = { configFile: configFile(folder), outputFile: outputFile(folder) };
  const leftOver = launchServer({ command: [found.binary], ...paths });
  const second = await start();
  try {
    expect((await leftOver.exited).how).toMatch(/exit status|signal/);
    expect(processesWithArgument(configFile(folder))).toHaveLength(1);
    expect(second.port).toBe(first.port);
  } finally {
    await second.close();
  }
});

test('another program on the kept port: a new port, unless the user fixed it', async () => {
  const first = await start();
  await first.close();
  const other = await occupy(first.port);
  try {
    await expect(start({ port: first.port })).rejects.toThrow(`port ${first.port} on 127.0.0.1 is taken`);
    const second = await start();
    expect(second.port).not.toBe(first.port);
    await second.close();
  } finally {
    other.close();
  }
});

test('another NATS server on the kept port is not taken for ours', async () => {
  await using stranger = await startNats();
  await expect(start({ port: stranger.port })).rejects.toThrow(`port ${stranger.port} on 127.0.0.1 is taken`);
});

test('beyond loopback it starts only with TLS files', async () => {
  await expect(start({ host: '0.0.0.0' })).rejects.toThrow('only with --tls-ca, --tls-cert and --tls-key');
  const tls = { ca: '/nowhere/ca.pem', certificate: '/nowhere/cert.pem', key: '/nowhere/key.pem' };
  await expect(start({ host: '0.0.0.0', tls })).rejects.toThrow(/did not start: .*\/nowhere\//);
});

test('a test server keeps its streams over a kill', async () => {
  await using nats = await startNats();
  const client = await connect({ servers: nats.url });
  const manager = await client.jetstreamManager();
  await manager.streams.add({ name: 'KEPT', subjects: ['kept'] });
  await client.jetstream().publish('kept');
  await client.close();
  await nats.restart();
  const again = await connect({ servers: nats.url });
  expect((await (await again.jetstreamManager()).streams.info('KEPT')).state.messages).toBe(1);
  await again.close();
});

test('what the server prints is kept in a file', async () => {
  const broker = await start();
  await broker.close();
  expect(readFileSync(outputFile(folder), 'utf8')).toContain('Server is ready');
});
