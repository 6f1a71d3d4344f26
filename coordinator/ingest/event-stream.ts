/** The JetStream stream of events. The only file of this side that knows the NATS client. */

import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';

import { AckPolicy, connect, DiscardPolicy, ErrorCode, NatsError, RetentionPolicy, StorageType } from 'nats';
import type { ConnectionOptions, JetStreamManager, JsMsg, NatsConnection, TlsOptions } from 'nats';

import type { MessageServerAccess } from '../../shared/domain/conversation.js';
import { EnvironmentError } from '../../shared/domain/errors.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { TlsMaterial } from '../../shared/runtime/certificate-check.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Delivery } from './ingest.js';

export interface EventStreamOptions {
  readonly access: MessageServerAccess;
  /** Used where `access.tls` asks for it. */
  readonly tls?: TlsMaterial;
  /** Names for which the server's certificate may hold, beside those in its addresses. */
  readonly names?: readonly string[];
  /** Copies of the stream in a NATS cluster. */
  readonly replicas: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Ingests a batch; when it throws, nothing is acknowledged and the batch comes again. */
  readonly onBatch: (deliveries: readonly Delivery[]) => void;
  readonly onFatal: (error: unknown) => void;
}

export interface EventStream {
  close(): Promise<void>;
}

/** Name of the durable consumer; only the coordinator reads the stream. */
const CONSUMER = 'ingest';
/** Messages per transaction. */
const BATCH = 256;
/** Length of one pull request; half of it without a sign of life counts as a broken one. */
const PULL_MILLISECONDS = 5_000;
/** Pause before the next try while the server is away. */
const RETRY_MILLISECONDS = 250;
/** Unacknowledged messages come again after this. */
const ACK_WAIT_NANOSECONDS = 30 * 1e9;
/** Retries of one event within this time are dropped by the server already; later ones by the store. */
const DUPLICATE_WINDOW_NANOSECONDS = 120 * 1e9;

/** @throws {EnvironmentError} if the server cannot be reached, refuses the credentials or has no JetStream. */
export async function openEventStream(options: EventStreamOptions): Promise<EventStream> {
  const connection = await open(options);
  const ending = new AbortController();
  const loop = consume(connection, options, ending.signal);
  return {
    async close() {
      ending.abort();
      await loop;
      await connection.close();
    },
  };
}

async function open(options: EventStreamOptions): Promise<NatsConnection> {
  const { access, replicas } = options;
  const settings: ConnectionOptions = {
    servers: [...access.servers],
    name: 'ecopt coordinator',
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MILLISECONDS,
    ...(access.user === undefined ? {} : { user: access.user }),
    ...(access.password === undefined ? {} : { pass: access.password }),
    ...(access.tls ? { tls: tlsOptions(options) } : {}),
  };
  let connection: NatsConnection | undefined;
  try {
    connection = await connect(settings);
    const manager = await connection.jetstreamManager();
    await forgetDeliveries(manager, access);
    await ensureStream(manager, access, replicas);
    return connection;
  } catch (cause) {
    await connection?.close();
    const server = access.servers.join(', ');
    throw new EnvironmentError(`cannot use the NATS server ${server}: ${reasonOf(cause)}`, { server }, { cause });
  }
}

/** Present even if empty: the client would otherwise talk in plain text to a server that asks for no more. */
function tlsOptions({ access, tls, names = [] }: EventStreamOptions): TlsOptions {
  const hosts = [...access.servers.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, '')), ...names];
  const check = {
    // The client itself would hold the certificate of an address against `localhost`.
    checkServerIdentity(_: string, certificate: PeerCertificate): Error | undefined {
      const faults = hosts.map((host) => checkServerIdentity(host, certificate));
      return faults.includes(undefined) ? undefined : faults[0];
    },
  };
  return { ...check, ...(tls && { ca: tls.ca.text, cert: tls.certificate.text, key: tls.key.text }) };
}

function reasonOf(cause: unknown): string {
  const known = REASONS.find(({ code }) => cause instanceof NatsError && cause.code === code);
  return known?.reason ?? (cause instanceof Error ? cause.message : String(cause));
}

const REASONS: readonly { readonly code: string; readonly reason: string }[] = [
  { code: ErrorCode.ConnectionRefused, reason: 'nothing listens there. Start it, or leave --nats out' },
  { code: ErrorCode.ConnectionTimeout, reason: 'nothing answers there. Check the address and the firewall' },
  { code: ErrorCode.AuthorizationViolation, reason: 'user or password are wrong. Write --nats nats://USER:PASSWORD@…' },
  { code: ErrorCode.JetStreamNotEnabled, reason: 'it has no JetStream. Start it with JetStream enabled (-js)' },
];

/** Acknowledged messages leave the stream, so it is bounded by what was not ingested yet. */
async function ensureStream(
  manager: JetStreamManager,
  access: MessageServerAccess,
  replicas: number,
): Promise<'found' | 'made'> {
  const wanted = {
    name: access.stream,
    subjects: [`${access.subjectPrefix}.>`],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    duplicate_window: DUPLICATE_WINDOW_NANOSECONDS,
    num_replicas: replicas,
  };
  let result: 'found' | 'made' = 'found';
  try {
    await manager.streams.info(access.stream);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await manager.streams.add(wanted);
    result = 'made';
  }
  await manager.consumers.add(access.stream, {
    durable_name: CONSUMER,
    ack_policy: AckPolicy.Explicit,
    ack_wait: ACK_WAIT_NANOSECONDS,
    max_ack_pending: 4 * BATCH,
  });
  return result;
}

/** What a coordinator that was killed had been given comes to this one at once, instead of after the time to acknowledge. */
async function forgetDeliveries(manager: JetStreamManager, { stream }: MessageServerAccess): Promise<void> {
  try {
    await manager.consumers.delete(stream, CONSUMER);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** The server has no such stream, or the stream no such consumer. */
const isMissing = (error: unknown): boolean =>
  error instanceof NatsError && [10059, 10014].includes(error.api_error?.err_code ?? 0);

/** Reads for as long as the stream is open; a server that went away is waited for. */
async function consume(connection: NatsConnection, options: EventStreamOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !connection.isClosed()) {
    try {
      await consumeUntilBroken(connection, options, signal);
    } catch (error) {
      options.log.debug({ error }, 'stream interrupted');
    }
    await recover(connection, options, signal);
  }
}

/** Hands over whatever has arrived, as one batch, as soon as nothing more is waiting. */
async function consumeUntilBroken(
  connection: NatsConnection,
  { access, onBatch, onFatal }: EventStreamOptions,
  signal: AbortSignal,
): Promise<void> {
  const consumer = await connection.jetstream().consumers.get(access.stream, CONSUMER);
  const messages = await consumer.consume({
    max_messages: BATCH,
    expires: PULL_MILLISECONDS,
    // A server that lost its files: the stream has to be made anew, which nobody but us can do.
    abort_on_missing_resource: true,
  });
  const stop = (): void => messages.stop();
  signal.addEventListener('abort', stop, { once: true });
  // Closed while the consumer was being made: the event is over.
  if (signal.aborted) stop();
  let batch: Delivery[] = [];
  try {
    for await (const message of messages) {
      batch.push(deliveryOf(message));
      // The message in hand still counts as pending.
      if (messages.getPending() > 1 && batch.length < BATCH) continue;
      const full = batch;
      batch = [];
      try {
        onBatch(full);
      } catch (error) {
        onFatal(error);
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const deliveryOf = (message: JsMsg): Delivery => ({
  subject: message.subject,
  body: message.data,
  acknowledge: () => message.ack(),
});

/** The client reconnects by itself; the stream may have to be made again if the server lost its files. */
async function recover(connection: NatsConnection, options: EventStreamOptions, signal: AbortSignal): Promise<void> {
  await options.clock.sleep(RETRY_MILLISECONDS, signal).catch(() => undefined);
  if (signal.aborted || connection.isClosed()) return;
  const { access, replicas, log } = options;
  try {
    const result = await ensureStream(await connection.jetstreamManager(), access, replicas);
    if (result === 'made') log.error({ stream: access.stream }, 'event stream lost and made anew');
  } catch (error) {
    log.debug({ error }, 'stream not ready');
  }
}
