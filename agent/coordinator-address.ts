/** Where the coordinator is and how we prove who we are. */

import { readFileSync } from 'node:fs';

import { UsageError } from '../shared/domain/errors.js';

/** Contents (PEM) of the files for mutual TLS. */
export interface TlsIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface CoordinatorAddress {
  /** `HOST:PORT`; IPv6 in brackets. */
  readonly address: string;
  readonly tls?: TlsIdentity;
}

export interface AddressFlags {
  readonly coordinator: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** @throws {UsageError} for an address without port, a foreign host without TLS, or a file that cannot be read. */
export function coordinatorAddress(flags: AddressFlags): CoordinatorAddress {
  const { coordinator } = flags;
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+):(\d{1,5})$/.exec(coordinator) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65535) {
    throw new UsageError(`--coordinator ${coordinator}: must be HOST:PORT, such as 127.0.0.1:7411 or [::1]:7411`);
  }
  const tls = tlsIdentity(flags);
  if (!tls && !isLoopback(host)) {
    throw new UsageError(
      `--coordinator ${coordinator} is not this machine, so it needs --tls-ca, --tls-cert and --tls-key: nothing crosses a network without mutual TLS`,
    );
  }
  return { address: coordinator, ...(tls && { tls }) };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

function tlsIdentity({ tlsCa, tlsCert, tlsKey }: AddressFlags): TlsIdentity | undefined {
  if ([tlsCa, tlsCert, tlsKey].every((file) => file === undefined)) return undefined;
  if (tlsCa === undefined || tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError('--tls-ca, --tls-cert and --tls-key belong together: give all three');
  }
  return { ca: readPem('--tls-ca', tlsCa), cert: readPem('--tls-cert', tlsCert), key: readPem('--tls-key', tlsKey) };
}

function readPem(flag: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${flag} ${path}: ${(cause as Error).message}`, {}, { cause });
  }
  if (text.includes('-----BEGIN ')) return text;
  throw new UsageError(`${flag} ${path}: is no PEM file (it has no line -----BEGIN …)`);
}
