/** Flags of the commands that serve campaigns -> checked settings. */

import type { Command } from 'commander';

import { UsageError } from '../shared/domain/errors.js';
import { isLoopback } from './broker/loopback.js';
import { natsServers } from './nats-servers.js';
import type { CoordinatorOptions } from './start-coordinator.js';
import { advertisedName, tlsSettings } from './tls-settings.js';

/** Where agents look for a coordinator. */
const DEFAULT_PORT = 7411;
/** Seconds that a lease lasts without being renewed. */
const DEFAULT_TERM_SECONDS = 30;
/** Seconds after which the queued trials of a class without agents are given up. */
const DEFAULT_ABSENCE_SECONDS = 120;

export interface ServerFlags {
  readonly host: string;
  readonly port: string;
  readonly advertise?: string;
  readonly state?: string;
  readonly nats?: string;
  readonly natsReplicas: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly leaseTerm: string;
  readonly absence: string;
  readonly logLevel: string;
  readonly json?: boolean;
}

export function addServerFlags(command: Command): Command {
  return command
    .option('--host <address>', 'address to listen on; anything but loopback needs the three --tls files', '127.0.0.1')
    .option('--port <n>', 'port for agents', String(DEFAULT_PORT))
    .option(
      '--advertise <name>',
      'name under which agents reach this machine (default: one that its certificate holds for)',
    )
    .option('--state <dir>', 'folder for everything that is kept (default: ~/.local/state/ecopt)')
    .option('--nats <url>', 'use these NATS servers instead of one of our own: nats://user:password@host:4222,...')
    .option('--nats-replicas <n>', 'copies of the stream in a NATS cluster', '1')
    .option('--tls-ca <file>', 'authority that signed the agents’ certificates (PEM)')
    .option('--tls-cert <file>', 'certificate of this machine (PEM)')
    .option('--tls-key <file>', 'key of that certificate (PEM)')
    .option('--lease-term <seconds>', 'time after which a silent agent loses its trial', String(DEFAULT_TERM_SECONDS))
    .option(
      '--absence <seconds>',
      'time after which a hardware class without agents is given up',
      String(DEFAULT_ABSENCE_SECONDS),
    )
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .option('--json', 'one JSON object per line instead of a picture');
}

export type ServerSettings = Pick<
  CoordinatorOptions,
  'host' | 'port' | 'advertise' | 'nats' | 'tls' | 'replicas' | 'termSeconds' | 'absenceSeconds'
>;

/** @throws {UsageError} naming the flag, what is wrong and what would be right. */
export function serverSettings(flags: ServerFlags, nowMilliseconds: number): ServerSettings {
  const tls = tlsSettings(flags, nowMilliseconds);
  const nats = flags.nats === undefined ? undefined : natsServers(flags.nats);
  if (!isLoopback(flags.host) && !tls) {
    throw new UsageError(
      `--host ${flags.host} is not loopback, so it needs --tls-ca, --tls-cert and --tls-key: nothing listens beyond this machine without mutual TLS`,
    );
  }
  return {
    host: flags.host,
    port: number(flags.port, { flag: '--port', low: 0, high: 65535, whole: true }),
    advertise: advertisedName(flags, tls),
    replicas: number(flags.natsReplicas, { flag: '--nats-replicas', low: 1, high: 5, whole: true }),
    termSeconds: number(flags.leaseTerm, { flag: '--lease-term', low: 1, high: 86_400 }),
    absenceSeconds: number(flags.absence, { flag: '--absence', low: 1, high: 864_000, whole: true }),
    ...(nats === undefined ? {} : { nats }),
    ...(tls ? { tls } : {}),
  };
}

interface Range {
  readonly flag: string;
  readonly low: number;
  readonly high: number;
  readonly whole?: boolean;
}

function number(text: string, { flag, low, high, whole = false }: Range): number {
  const value = Number(text);
  const fits = /^\d+(\.\d+)?$/.test(text) && value >= low && value <= high && (!whole || Number.isInteger(value));
  if (fits) return value;
  throw new UsageError(`${flag} ${text}: must be a ${whole ? 'whole ' : ''}number from ${low} to ${high}`);
}
