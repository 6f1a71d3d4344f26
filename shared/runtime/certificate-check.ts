/** Faults of the files for mutual TLS that would otherwise show at the first connection, on the other machine, and unclearly. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { UsageError } from '../domain/errors.js';

/** Paths of the three files and their contents (PEM). */
export interface TlsMaterial {
  readonly ca: PemFile;
  readonly certificate: PemFile;
  readonly key: PemFile;
}

export interface PemFile {
  readonly path: string;
  readonly text: string;
}

/** Extended key usages (RFC 5280, section 4.2.1.12). */
const USES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/**
 * Checks that certificate, key and authority belong together, hold today and may be used as intended.
 *
 * @throws {UsageError} naming the file, what is wrong with it and what would be right.
 */
export function checkTls(
  { ca, certificate, key }: TlsMaterial,
  uses: readonly (keyof typeof USES)[],
  nowMilliseconds: number,
): void {
  const authorities = certificatesIn('--tls-ca', ca);
  const [own, ...chain] = certificatesIn('--tls-cert', certificate);
  if (own === undefined) return;
  const wrong = (what: string): UsageError => new UsageError(`--tls-cert ${certificate.path}: ${what}`);
  if (!own.checkPrivateKey(keyIn(key))) throw wrong(`does not belong to the key in --tls-key ${key.path}`);
  if (Date.parse(own.validTo) < nowMilliseconds) throw wrong(`is valid until ${own.validTo} only; issue a new one`);
  if (Date.parse(own.validFrom) > nowMilliseconds) {
    throw wrong(`is not valid before ${own.validFrom}; check the clock of this machine`);
  }
  const issuers = [...chain, ...authorities];
  if (!issuers.some((issuer) => own.checkIssued(issuer) && own.verify(issuer.publicKey))) {
    throw wrong(`was not signed by the authority in --tls-ca ${ca.path}`);
  }
  // Absent: for every use.
  const allowed = own.keyUsage as readonly string[] | undefined;
  const missing = uses.find((use) => allowed !== undefined && !allowed.includes(USES[use]));
  if (missing) throw wrong(`is not for a ${missing}; issue it with the extended key usage ${missing}Auth`);
}

/** Host names and addresses for which a certificate holds; wildcards are left out. */
export function namesOf({ text }: PemFile): readonly string[] {
  const names = new X509Certificate(text).subjectAltName ?? '';
  return names.split(', ').flatMap((entry) => {
    const [, name] = /^(?:DNS|IP Address):([^*"]+)$/.exec(entry) ?? [];
    return name === undefined ? [] : [name];
  });
}

/** Whether a certificate holds for a host name or an address. */
export function holdsFor({ text }: PemFile, host: string): boolean {
  const certificate = new X509Certificate(text);
  const isAddress = /^[\d.]+$|:/.test(host);
  return (isAddress ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
}

function certificatesIn(flag: string, { path, text }: PemFile): readonly X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    const certificates = blocks.map((block) => new X509Certificate(block));
    if (certificates.length > 0) return certificates;
  } catch {
    // Said below.
  }
  throw new UsageError(`${flag} ${path}: holds no certificate (PEM) that can be read`);
}

function keyIn({ path, text }: PemFile): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    const reason = text.includes('ENCRYPTED')
      ? 'is encrypted; give the key without a passphrase'
      : 'holds no private key (PEM)';
    throw new UsageError(`--tls-key ${path}: ${reason}`);
  }
}
