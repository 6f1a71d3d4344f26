/** The server's configuration and versions. */

import { expect, test } from 'vitest';

import { serverConfig, type ServerSettings } from '../../../coordinator/broker/server-config.js';
import { formatVersion, isNewEnough, parseServerVersion } from '../../../coordinator/broker/server-version.js';

const SETTINGS: ServerSettings = { name: 'ecopt-1', host: '127.0.0.1', port: 4222, storeFolder: '/a "b"/jetstream' };
const NEW = { major: 2, minor: 10, patch: 0 };
const OLD = { major: 2, minor: 9, patch: 25 };

const parsed = (more: Partial<ServerSettings> = {}, version = NEW): Record<string, unknown> =>
  JSON.parse(serverConfig({ ...SETTINGS, ...more }, version)) as Record<string, unknown>;

test('streams lie in the given folder, whatever its name', () => {
  expect(parsed()).toMatchObject({ host: '127.0.0.1', port: 4222, jetstream: { store_dir: '/a "b"/jetstream' } });
});

test('sync_interval is written only for servers that know it', () => {
  expect(parsed({}, NEW)['jetstream']).toHaveProperty('sync_interval');
  expect(parsed({}, OLD)['jetstream']).not.toHaveProperty('sync_interval');
});

test('password and TLS are there exactly when given, and TLS asks clients for their certificate', () => {
  expect(Object.keys(parsed())).not.toEqual(expect.arrayContaining(['authorization']));
  expect(Object.keys(parsed())).not.toEqual(expect.arrayContaining(['tls']));
  const credentials = { user: 'ecopt', password: 'secret' };
  const tls = { ca: '/ca.pem', certificate: '/cert.pem', key: '/key.pem' };
  expect(parsed({ credentials, tls })).toMatchObject({
    authorization: credentials,
    tls: { ca_file: '/ca.pem', cert_file: '/cert.pem', key_file: '/key.pem', verify: true },
  });
});

test.each([
  ['nats-server: v2.14.5', '2.14.5', true],
  ['nats-server: v2.9.10\n', '2.9.10', true],
  ['nats-server: v2.9.9', '2.9.9', false],
  ['nats-server: v1.99.99', '1.99.99', false],
  ['nats-server: v3.0.0-RC.1', '3.0.0', true],
])('%j is version %s, new enough: %s', (output, text, enough) => {
  const version = parseServerVersion(output);
  expect(version && formatVersion(version)).toBe(text);
  expect(version && isNewEnough(version)).toBe(enough);
});

test('other output has no version', () => {
  expect(parseServerVersion('nats: v0.1.5')).toBeUndefined();
});
