/** Where the coordinator is and how we prove who we are. */

import { readFileSync } from 'node:fs';

import { UsageError } from '../shared/domain/errors.js';
import { checkTls } from '../shared/runtime/certificate-check.js';
import type { PemFile, TlsMaterial } from '../shared/runtime/certificate-check.js';

export interface CoordinatorAddress {
  /** `HOST:PORT`; IPv6 in brackets. */
  readonly address: string;
  readonly tls?: TlsMaterial;
}

export interface AddressFlags {
  readonly coordinator: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** @throws {UsageError} for an address without port, a foreign host without TLS, or files that are not as they should be. */
export function coordinatorAddress(flags: AddressFlags, nowMilliseconds: number): CoordinatorAddress {
  const { coordinator } = flags;
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+):(\d{1,5})$/.exec(coordinator) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65535) {
    throw new UsageError(`--coordinator ${coordinator}: must be HOST:PORT, such as 127.0.0.1:7411 or [::1]:7411`);
  }
  const tls = tlsMaterial(flags, nowMilliseconds);
  if (!tls && !isLoopback(host)) {
    throw new UsageError(
      `--coordinator ${coordinator} is not this machine, so it needs --tls-ca, --tls-cert and --tls-key: nothing crosses a network without mutual TLS`,
    );
  }
  return { address: coordinator, ...(tls && { tls }) };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

function tlsMaterial({ tlsCa, tlsCert, tlsKey }: AddressFlags, nowMilliseconds: number): TlsMaterial | undefined {
  if ([tlsCa, tlsCert, tlsKey].every((file) => file === undefined)) return undefined;
  if (tlsCa === undefined || tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError('--tls-ca, --tls-cert and --tls-key belong together: give all three');
  }
  const tls = {
    ca: readPem('--tls-ca', tlsCa),
    certificate: readPem('--tls-cert', tlsCert),
    key: readPem('--tls-key', tlsKey),
  };
  checkTls(tls, ['client'], nowMilliseconds);
  return tls;
}

function readPem(flag: string, path: string): PemFile {
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch (cause) {
    throw new UsageError(`${flag} ${path}: cannot be read (${(cause as Error).message})`, {}, { cause });
  }
}
