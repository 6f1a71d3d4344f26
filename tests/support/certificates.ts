/** A certificate authority for one test, and certificates of its making; needs the program `openssl`. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why these tests cannot run here; `undefined` if they can. */
export const NO_OPENSSL = spawnSync('openssl', ['version']).status === 0 ? undefined : 'no openssl';

export interface Authority {
  /** Its own certificate. */
  readonly file: string;
  /**
   * Makes a certificate for a machine and gives the three flags that belong to it.
   *
   * @param names - such as `DNS:desk` or `IP:127.0.0.1`.
   */
  issue(name: string, names: readonly string[], options?: IssueOptions): readonly string[];
}

export interface IssueOptions {
  /** Extended key usages. */
  readonly uses?: string;
  /** Negative: expired already. */
  readonly days?: number;
}

export function makeAuthority(folder: string, name: string): Authority {
  const own = join(folder, name);
  mkdirSync(own);
  const path = (file: string): string => join(own, file);
  const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl([
    ...[...request, '-x509', '-keyout', path('ca.key'), '-out', path('ca.pem'), '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE'],
  ]);
  return {
    file: path('ca.pem'),
    issue(machine, names, { uses = 'serverAuth,clientAuth', days = 1 } = {}) {
      const [key, wish, certificate, extensions] = ['key', 'csr', 'pem', 'ext'].map((end) => path(`${machine}.${end}`));
      openssl([...request, '-keyout', `${key}`, '-out', `${wish}`, '-subj', `/CN=${machine}`]);
      writeFileSync(`${extensions}`, `subjectAltName=${names.join(',')}\nextendedKeyUsage=${uses}\n`);
      openssl([
        ...['x509', '-req', '-in', `${wish}`, '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial'],
        ...['-out', `${certificate}`, '-days', String(days), '-extfile', `${extensions}`],
      ]);
      return ['--tls-ca', path('ca.pem'), '--tls-cert', `${certificate}`, '--tls-key', `${key}`];
    },
  };
}

const openssl = (args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
