/** Serves the lease conversation over gRPC. The only file of this side that knows the gRPC library. */

import * as grpc from '@grpc/grpc-js';

import type { CoordinatorMessage } from '../../shared/domain/conversation.js';
import { EnvironmentError } from '../../shared/domain/errors.js';
import type { TlsMaterial } from '../../shared/runtime/certificate-check.js';
import type { Log } from '../../shared/runtime/log.js';
import { coordinationService, MAX_MESSAGE_BYTES } from '../../shared/wire/coordination-service.js';
import type { IncomingAgentMessage } from '../../shared/wire/coordination-service.js';
import type { Dispatcher } from './dispatcher.js';

export interface LeaseServiceOptions {
  readonly dispatcher: Pick<Dispatcher, 'accept'>;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** With it every client must show a certificate of the same authority. */
  readonly tls?: TlsMaterial;
  readonly log: Log;
}

export interface LeaseService {
  readonly port: number;
  close(): Promise<void>;
}

type HoldStream = grpc.ServerDuplexStream<IncomingAgentMessage, CoordinatorMessage>;

/** A peer that answers no ping for this long is gone. */
const KEEPALIVE = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.http2.min_ping_interval_without_data_ms': 1_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
};

/** @throws {EnvironmentError} if the address cannot be bound. */
export async function serveLeases({ dispatcher, host, port, tls, log }: LeaseServiceOptions): Promise<LeaseService> {
  useLog(log);
  const server = new grpc.Server(KEEPALIVE);
  server.addService(coordinationService, {
    hold: (stream: HoldStream) => holdStream(stream, dispatcher, log),
  });
  const bound = await bind(server, { host, port, credentials: credentialsOf(tls) });
  return {
    port: bound,
    close() {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

/** The library would write on standard error, between the lines of a command that ends with one clear line. */
function useLog(log: Log): void {
  const note = (...said: unknown[]): void => log.debug({ said: said.join(' ') }, 'rpc library spoke');
  grpc.setLogger({ error: note, info: note, debug: note });
}

function holdStream(stream: HoldStream, dispatcher: Pick<Dispatcher, 'accept'>, log: Log): void {
  let open = true;
  const { receive, closed } = dispatcher.accept({
    send: (message) => void (open && stream.write(message)),
    close: () => {
      open = false;
      stream.end();
    },
  });
  const end = (): void => {
    open = false;
    try {
      closed();
    } catch (error) {
      log.error({ error }, 'departure not kept');
    }
  };
  stream.on('data', (message: IncomingAgentMessage) => {
    try {
      if (open) receive(message);
    } catch (error) {
      log.error({ error, peer: stream.getPeer() }, 'message not handled');
      stream.destroy(error as Error);
    }
  });
  stream.on('end', () => {
    stream.end();
    end();
  });
  stream.on('error', (error) => log.debug({ error }, 'stream broken'));
  stream.on('close', end);
  stream.on('cancelled', end);
}

function credentialsOf(tls: TlsMaterial | undefined): grpc.ServerCredentials {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const certificate = { cert_chain: Buffer.from(tls.certificate.text), private_key: Buffer.from(tls.key.text) };
  return grpc.ServerCredentials.createSsl(Buffer.from(tls.ca.text), [certificate], true);
}

interface Binding {
  readonly host: string;
  readonly port: number;
  readonly credentials: grpc.ServerCredentials;
}

function bind(server: grpc.Server, { host, port, credentials }: Binding): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (cause, bound) => {
      if (!cause) return resolve(bound);
      const advice = /EADDRINUSE|in use/i.test(cause.message)
        ? 'the port is in use: stop the other program or choose another with --port'
        : cause.message;
      reject(new EnvironmentError(`cannot listen on ${address}: ${advice}`, { address }, { cause }));
    });
  });
}
