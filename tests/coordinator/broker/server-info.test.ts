/** What is learnt from whatever listens on a port. */

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';

import { isLoopback, isPortFree, localAddress } from '../../../coordinator/broker/loopback.js';
import { readServerInfo } from '../../../coordinator/broker/server-info.js';

let server: Server | undefined;
afterEach(() => void server?.close());

async function listen(greet: (socket: Socket) => void): Promise<number> {
  const listening = (server = createServer(greet));
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return (listening.address() as AddressInfo).port;
}

test('a greeting is read although it comes in pieces', async () => {
  const port = await listen((socket) => {
    const rest = (): void => void socket.write('ion":"2.14.5","jetstream":true} \r\n');
    const later = (turns: number): unknown => (turns === 0 ? rest() : setImmediate(() => later(turns - 1)));
    socket.write('INFO {"server_name":"ecopt-1","vers', () => later(10));
  });
  expect(await readServerInfo('127.0.0.1', port)).toEqual({
    serverName: 'ecopt-1',
    version: '2.14.5',
    jetstream: true,
  });
});

test.each(['HTTP/1.1 400 Bad Request\r\n', 'INFO {broken\r\n', '\r\n'])('%j is no greeting', async (text) => {
  const port = await listen((socket) => void socket.end(text));
  expect(await readServerInfo('127.0.0.1', port)).toBeUndefined();
});

test('a closed port has none', async () => {
  const port = await listen(() => undefined);
  await new Promise((resolve) => server?.close(resolve));
  expect(await readServerInfo('127.0.0.1', port)).toBeUndefined();
  expect(await isPortFree('127.0.0.1', port)).toBe(true);
});

test('a port that is listened on is not free', async () => {
  expect(await isPortFree('127.0.0.1', await listen(() => undefined))).toBe(false);
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.0.7', false],
  ['127.example.org', false],
])('%s is loopback: %s', (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
});

test('a listener on all addresses is reached over loopback', () => {
  expect(['0.0.0.0', '::', '10.1.2.3'].map(localAddress)).toEqual(['127.0.0.1', '::1', '10.1.2.3']);
});
