/** `--tls-ca`, `--tls-cert`, `--tls-key` and `--advertise` -> with what the coordinator listens, and under which name. */

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';

import { UsageError } from '../shared/domain/errors.js';
import { checkTls, holdsFor, namesOf } from '../shared/runtime/certificate-check.js';
import type { PemFile, TlsMaterial } from '../shared/runtime/certificate-check.js';
import { isLoopback } from './broker/loopback.js';

export interface TlsFlags {
  readonly host: string;
  readonly advertise?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** @throws {UsageError} naming the file or flag, what is wrong and what would be right. */
export function tlsSettings({ tlsCa, tlsCert, tlsKey }: TlsFlags, nowMilliseconds: number): TlsMaterial | undefined {
  if ([tlsCa, tlsCert, tlsKey].every((file) => file === undefined)) return undefined;
  if (tlsCa === undefined || tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError('--tls-ca, --tls-cert and --tls-key belong together: give all three');
  }
  const tls = {
    ca: readPem('--tls-ca', tlsCa),
    certificate: readPem('--tls-cert', tlsCert),
    key: readPem('--tls-key', tlsKey),
  };
  // The coordinator is a client, too: of its own message server.
  checkTls(tls, ['server', 'client'], nowMilliseconds);
  return tls;
}

/**
 * The name under which agents reach this machine: one for which its certificate holds.
 *
 * @throws {UsageError} if there is no such name, or the one that was given is none.
 */
export function advertisedName({ host, advertise }: TlsFlags, tls: TlsMaterial | undefined): string {
  if (tls === undefined) return host;
  const { certificate } = tls;
  const names = namesOf(certificate);
  const anywhere = host === '0.0.0.0' || host === '::';
  const candidates = [...(anywhere ? [] : [host]), ...(isLoopback(host) ? [] : [hostname()]), ...names];
  const found = (advertise === undefined ? candidates : [advertise]).find((name) => holdsFor(certificate, name));
  if (found !== undefined) return found;
  const known = names.length === 0 ? 'no host name at all (it has no subjectAltName)' : names.join(', ');
  throw new UsageError(
    `--tls-cert ${certificate.path}: holds for ${known}; issue it for ${advertise ?? `${hostname()}, or say with --advertise under which name agents reach this machine`}`,
  );
}

function readPem(flag: string, path: string): PemFile {
  try {
    return { path: resolve(path), text: readFileSync(path, 'utf8') };
  } catch (cause) {
    throw new UsageError(`${flag} ${path}: cannot be read (${(cause as Error).message})`);
  }
}
