/** The configuration file of a NATS server with JetStream on local disk. */

import { knowsSyncInterval, type ServerVersion } from './server-version.js';

export interface ServerSettings {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** JetStream's own folder. */
  readonly storeFolder: string;
  /** Absent: whoever reaches the port may use it. */
  readonly credentials?: Credentials;
  readonly tls?: TlsFiles;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** PEM files, as given with `--tls-ca`, `--tls-cert` and `--tls-key`. */
export interface TlsFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Largest message in bytes: an outcome with many windows and its program's last output fits. */
const MAX_PAYLOAD = 8 * 2 ** 20;

/** Power failure may cost this much of what was acknowledged but not yet ingested; `kill -9` costs nothing. */
const SYNC_INTERVAL = '1s';

/** The text of the file; NATS reads JSON. */
export function serverConfig(settings: ServerSettings, version: ServerVersion): string {
  const { name, host, port, storeFolder, credentials, tls } = settings;
  return JSON.stringify(
    {
      server_name: name,
      host,
      port,
      max_payload: MAX_PAYLOAD,
      // A dead peer is noticed in about a minute instead of four.
      ping_interval: '20s',
      ping_max: 2,
      jetstream: { store_dir: storeFolder, ...(knowsSyncInterval(version) ? { sync_interval: SYNC_INTERVAL } : {}) },
      ...(credentials === undefined ? {} : { authorization: credentials }),
      ...(tls === undefined
        ? {}
        : { tls: { ca_file: tls.ca, cert_file: tls.certificate, key_file: tls.key, verify: true } }),
    },
    undefined,
    2,
  );
}
