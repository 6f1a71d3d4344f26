/** NATS JetStream behind {@link EventStream}. The only file of the agent that speaks NATS. */

import { checkServerIdentity, type PeerCertificate } from 'node:tls';

import { connect, type NatsConnection, type TlsOptions } from 'nats';

import type { MessageServerAccess } from '../../shared/domain/conversation.js';
import type { TlsMaterial } from '../../shared/runtime/certificate-check.js';
import { encodeEvent, eventMessageId, eventSubject } from '../../shared/wire/event-codec.js';
import type { EventStream } from './event-stream.js';

const ACKNOWLEDGE_MILLISECONDS = 2000;
const RECONNECT_MILLISECONDS = 500;
const CONNECT_MILLISECONDS = 5000;

/**
 * Connects with the first event; a connection that breaks is made anew for ever.
 *
 * @param tls - used where `access.tls` asks for it.
 */
export function natsEventStream(access: MessageServerAccess, tls?: TlsMaterial): EventStream {
  let connecting: Promise<NatsConnection> | undefined;
  const connection = (): Promise<NatsConnection> => {
    connecting ??= open(access, tls).catch((error: unknown) => {
      connecting = undefined; // The next event tries again.
      throw error;
    });
    return connecting;
  };
  return {
    async publish(event) {
      const stream = (await connection()).jetstream();
      await stream.publish(eventSubject(access.subjectPrefix, event), encodeEvent(event), {
        msgID: eventMessageId(event),
        timeout: ACKNOWLEDGE_MILLISECONDS,
        expect: { streamName: access.stream },
      });
    },
    async close() {
      await (await connecting?.catch(() => undefined))?.close();
    },
  };
}

const open = (access: MessageServerAccess, tls: TlsMaterial | undefined): Promise<NatsConnection> =>
  connect({
    servers: [...access.servers],
    ...(access.user !== undefined && { user: access.user }),
    ...(access.password !== undefined && { pass: access.password }),
    ...(access.tls && { tls: tlsOptions(access, tls) }),
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RECONNECT_MILLISECONDS,
    timeout: CONNECT_MILLISECONDS,
  });

/** Present even if empty: the client would otherwise talk in plain text to a server that asks for no more. */
function tlsOptions({ servers }: MessageServerAccess, tls: TlsMaterial | undefined): TlsOptions {
  const hosts = servers.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ''));
  const check = {
    // The client itself would hold the certificate of an address against `localhost`.
    checkServerIdentity(_: string, certificate: PeerCertificate): Error | undefined {
      const faults = hosts.map((host) => checkServerIdentity(host, certificate));
      return faults.includes(undefined) ? undefined : faults[0];
    },
  };
  return { ...check, ...(tls && { ca: tls.ca.text, cert: tls.certificate.text, key: tls.key.text }) };
}
