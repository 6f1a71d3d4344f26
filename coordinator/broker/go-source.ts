/** The NATS server built by an installed Go toolchain, which checks it against the public checksum database. */

import { join } from 'node:path';

import { PINNED_VERSION, unavailable, type FetchJob, type ServerSource } from './server-source.js';
import { failureOf, runTool, succeeded, type ToolResult } from './child-process.js';

const MODULE = 'github.com/nats-io/nats-server/v2';
/** First Go that fetches by itself the newer toolchain that a module asks for. */
const OLDEST_GO_MINOR = 21;
const ANSWER_SECONDS = 10;
const BUILD_SECONDS = 600;

export const goSource: ServerSource = {
  name: `go install of ${PINNED_VERSION}`,
  remedy: `install Go 1.${OLDEST_GO_MINOR} or newer and let this machine reach a Go module proxy`,
  async fetch(job) {
    const version = await go(job, ['version'], ANSWER_SECONDS);
    if (!succeeded(version)) return unavailable(failureOf('go', version));
    if (goMinor(version) < OLDEST_GO_MINOR) return unavailable(`go is older than 1.${OLDEST_GO_MINOR}`);
    const known = await go(job, ['list', '-m', `${MODULE}@v${PINNED_VERSION}`], ANSWER_SECONDS);
    if (!succeeded(known)) return unavailable(`no Go module proxy answers (${failureOf('go', known)})`);
    job.say('building the NATS server with Go; this takes a minute or two');
    const built = await go(job, ['install', '-trimpath', `${MODULE}@v${PINNED_VERSION}`], BUILD_SECONDS);
    if (!succeeded(built)) return unavailable(failureOf('go', built));
    return { kind: 'got', binary: join(job.folder, 'bin', 'nats-server') };
  },
};

const go = (job: FetchJob, args: readonly string[], seconds: number): Promise<ToolResult> =>
  runTool('go', args, {
    folder: job.folder,
    environment: {
      ...job.environment,
      // Everything stays in the folder that is thrown away, and in a form that can be thrown away.
      GOPATH: join(job.folder, 'gopath'),
      GOCACHE: join(job.folder, 'gocache'),
      GOBIN: join(job.folder, 'bin'),
      GOFLAGS: '-modcacherw',
      CGO_ENABLED: '0',
    },
    timeoutMilliseconds: seconds * 1000,
    signal: job.signal,
  });

const goMinor = (result: ToolResult): number =>
  Number(/go1\.(\d+)/.exec(result.kind === 'exited' ? result.output : '')?.[1] ?? 0);
