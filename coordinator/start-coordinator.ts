/** Puts the coordinator together: store, message server, proposer, campaigns, lease service. */

import { createHash, randomUUID } from 'node:crypto';

import type { MessageServerAccess } from '../shared/domain/conversation.js';
import { ECOPT_VERSION } from '../shared/domain/version.js';
import type { Clock } from '../shared/runtime/clock.js';
import type { TlsMaterial } from '../shared/runtime/certificate-check.js';
import type { Log } from '../shared/runtime/log.js';
import { findNatsServer } from './broker/find-server.js';
import { startBroker } from './broker/start-broker.js';
import { CampaignEngine } from './campaign/campaign-engine.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { serveLeases } from './dispatch/lease-service.js';
import type { LeaseService } from './dispatch/lease-service.js';
import { openEventStream } from './ingest/event-stream.js';
import { ingestBatch } from './ingest/ingest.js';
import type { NatsServers } from './nats-servers.js';
import { workerProposer } from './proposer/worker-proposer.js';
import type { StateFolder } from './state-folder.js';
import { openSqliteStore } from './store/sqlite-store.js';
import type { Store } from './store/store.js';

export interface CoordinatorOptions {
  readonly state: StateFolder;
  readonly host: string;
  readonly port: number;
  /** True: any free port if `port` is taken. */
  readonly anyPort: boolean;
  /** Name or address under which agents reach this machine. */
  readonly advertise: string;
  readonly tls?: TlsMaterial;
  /** NATS servers of the user; absent: one of our own. */
  readonly nats?: NatsServers;
  readonly replicas: number;
  readonly termSeconds: number;
  readonly absenceSeconds: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  /** One line for people. */
  readonly say: (line: string) => void;
  /** Something that the coordinator cannot go on after. */
  readonly onFatal: (error: unknown) => void;
}

export interface Coordinator {
  readonly store: Store;
  readonly engine: CampaignEngine;
  readonly dispatcher: Dispatcher;
  /** What agents are started with: `--coordinator ADDRESS`. */
  readonly address: string;
  /** Version and origin of the NATS server, for reports. */
  readonly messageServer: string;
  close(): Promise<void>;
}

/**
 * Starts everything, or nothing.
 *
 * @throws {UsageError | EnvironmentError} in one line, if any part cannot start.
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return { ...(await startParts(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(
  options: CoordinatorOptions,
  closers: (() => unknown)[],
): Promise<Omit<Coordinator, 'close'>> {
  const { state, clock, log, termSeconds, absenceSeconds, onFatal } = options;
  const store = openSqliteStore(state.storeFile);
  closers.push(() => store.close());
  const { access, description } = await openMessages(options, closers);
  const dispatcher = new Dispatcher({
    ...{ store, clock, log, termSeconds },
    coordinatorVersion: ECOPT_VERSION,
    messages: () => advertised(access, options),
    newId: () => randomUUID(),
  });
  const proposer = workerProposer();
  closers.push(() => proposer.close());
  const engine = new CampaignEngine({ store, dispatcher, proposer, clock, log, absenceSeconds, onFatal });
  closers.push(() => engine[Symbol.dispose]());
  const account = (events: Parameters<CampaignEngine['ingest']>[0]): ReturnType<CampaignEngine['ingest']> =>
    engine.ingest(events);
  const giveUp: CampaignEngine['giveUp'] = (outcome, reason) => engine.giveUp(outcome, reason);
  const { wallMilliseconds } = clock;
  const stream = await openEventStream({
    ...{ access, replicas: options.replicas, clock, log, onFatal },
    ...(options.tls ? { tls: options.tls, names: [options.advertise] } : {}),
    onBatch: (deliveries) => ingestBatch(deliveries, { store, account, giveUp, wallMilliseconds, log }),
  });
  closers.push(() => stream.close());
  const service = await listen(options, dispatcher);
  closers.push(
    () => service.close(),
    () => dispatcher.close(),
  );
  const address = `${bracketed(options.advertise)}:${service.port}`;
  return { store, engine, dispatcher, address, messageServer: description };
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

interface Messages {
  readonly access: MessageServerAccess;
  readonly description: string;
}

/** Connects to the user's servers, or finds, starts and supervises one of our own. */
async function openMessages(options: CoordinatorOptions, closers: (() => unknown)[]): Promise<Messages> {
  const { state, host, tls, clock, log, environment, say, onFatal } = options;
  const mark = createHash('sha256').update(state.folder).digest('hex').slice(0, 8);
  const names = { stream: `ECOPT-${mark}`, subjectPrefix: `ecopt.${mark}.event` };
  if (options.nats !== undefined) {
    const { description, ...servers } = options.nats;
    say(`messages: NATS server ${description}, as given by --nats`);
    return { access: { ...names, ...servers }, description };
  }
  const found = await findNatsServer({ environment, say, mayFetch: true, mayInstall: false });
  const broker = await startBroker({
    ...{ binary: found.binary, folder: state.brokerFolder, host, log, clock, onFailure: onFatal },
    ...(tls ? { tls: { ca: tls.ca.path, certificate: tls.certificate.path, key: tls.key.path } } : {}),
  });
  closers.push(() => broker.close());
  const version = Object.values(found.version).join('.');
  say(`messages: NATS server ${version}, ${found.origin}, on port ${broker.port}`);
  const { user, password } = broker.credentials;
  const access = { ...names, servers: [broker.url], user, password, tls: tls !== undefined };
  return { access, description: `nats-server ${version}` };
}

/** The server of our own is told to agents by the name under which they can reach it. */
function advertised(access: MessageServerAccess, { nats, advertise, tls }: CoordinatorOptions): MessageServerAccess {
  if (nats !== undefined || tls === undefined) return access;
  const port = access.servers.map((url) => new URL(url).port)[0];
  return { ...access, servers: [`tls://${bracketed(advertise)}:${port}`] };
}

async function listen(options: CoordinatorOptions, dispatcher: Dispatcher): Promise<LeaseService> {
  const { host, port, anyPort, tls, log } = options;
  const base = { dispatcher, host, log, ...(tls ? { tls } : {}) };
  try {
    return await serveLeases({ ...base, port });
  } catch (error) {
    if (!anyPort) throw error;
    return serveLeases({ ...base, port: 0 });
  }
}
