/** Shell scripts that stand in for the tools by which a NATS server is found or fetched; a PATH of nothing else. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findNatsServer, type FindServerOptions, type FoundServer } from '../../../coordinator/broker/find-server.js';

export interface FakeMachine extends Disposable {
  readonly folder: string;
  readonly cache: string;
  /** Lines said so far. */
  readonly said: readonly string[];
  /** Puts a shell script on PATH. */
  tool(name: string, script: string): void;
  find(options?: Partial<FindServerOptions>): Promise<FoundServer>;
}

/** Text of a program that answers `--version` as a NATS server does. */
export const server = (version: string): string => `#!/bin/sh\necho "nats-server: v${version}"\n`;

/** A command line that makes such a program. */
export const makeServer = (path: string, version: string): string =>
  `/bin/mkdir -p "$(/usr/bin/dirname "${path}")"; /usr/bin/printf '#!/bin/sh\\necho "nats-server: v${version}"\\n' > "${path}"; /bin/chmod 755 "${path}"`;

/** A machine whose only download tool cannot reach anything; more by `tool`. */
export function fakeMachine(): FakeMachine {
  const folder = mkdtempSync(join(tmpdir(), 'ecopt-find-'));
  const bin = join(folder, 'bin');
  const cache = join(folder, 'cache', 'ecopt');
  mkdirSync(bin);
  mkdirSync(join(folder, 'tmp'));
  const said: string[] = [];
  const environment = {
    PATH: bin,
    XDG_CACHE_HOME: join(folder, 'cache'),
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
  };
  const machine: FakeMachine = {
    ...{ folder, cache, said },
    tool(name, script) {
      writeFileSync(join(bin, name), script.startsWith('#!') ? script : `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    },
    find: (options = {}) =>
      findNatsServer({
        ...{ environment, mayFetch: true, mayInstall: true, systemFolders: [] },
        say: (line) => said.push(line),
        ...options,
      }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
  // Without curl, the release would be asked for over the real network.
  machine.tool('curl', 'echo "curl: (6) Could not resolve host" >&2; exit 6');
  return machine;
}
