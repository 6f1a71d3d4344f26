/** NATS JetStream behind {@link EventStream}. The only file of the agent that speaks NATS. */

import { connect, type NatsConnection } from 'nats';

import type { MessageServerAccess } from '../../shared/domain/conversation.js';
import { encodeEvent, eventMessageId, eventSubject } from '../../shared/wire/event-codec.js';
import type { EventStream } from './event-stream.js';

/** Contents (PEM) of the files that prove who we are. */
export interface TlsIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A request that was made while the server was away is never answered: ask again soon. */
const ACKNOWLEDGE_MILLISECONDS = 2000;
const RECONNECT_MILLISECONDS = 500;
const CONNECT_MILLISECONDS = 5000;

/**
 * Connects with the first event; a connection that breaks is made anew for ever.
 *
 * @param tls - used where `access.tls` asks for it.
 */
export function natsEventStream(access: MessageServerAccess, tls?: TlsIdentity): EventStream {
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

const open = (access: MessageServerAccess, tls: TlsIdentity | undefined): Promise<NatsConnection> =>
  connect({
    servers: [...access.servers],
    ...(access.user !== undefined && { user: access.user }),
    ...(access.password !== undefined && { pass: access.password }),
    ...(access.tls && tls && { tls }),
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RECONNECT_MILLISECONDS,
    timeout: CONNECT_MILLISECONDS,
  });
