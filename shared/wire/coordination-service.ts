/** The gRPC service of proto/lease.proto as data, so that either side can hand it to its gRPC library. */

import { WIRE_VERSION } from '../domain/conversation.js';
import type { AgentMessage, CoordinatorMessage } from '../domain/conversation.js';
import {
  decodeAgentMessage,
  decodeCoordinatorMessage,
  encodeAgentMessage,
  encodeCoordinatorMessage,
  peekWireVersion,
} from './lease-codec.js';

/** What the server reads: a message, or the version of a hello that it cannot read. */
export type IncomingAgentMessage =
  AgentMessage | { readonly kind: 'foreign'; readonly wireVersion: number } | MalformedMessage;

/** Bytes that are no valid message; decoding must not throw inside the gRPC library. */
export interface MalformedMessage {
  readonly kind: 'malformed';
  readonly message: string;
}

export type IncomingCoordinatorMessage = CoordinatorMessage | MalformedMessage;

/** Largest message either side accepts. */
export const MAX_MESSAGE_BYTES = 4 * 2 ** 20;

/** A service definition as `@grpc/grpc-js` takes it. */
export const coordinationService = {
  hold: {
    path: '/ecopt.v1.Coordination/Hold',
    requestStream: true,
    responseStream: true,
    requestSerialize: (message: AgentMessage): Buffer => Buffer.from(encodeAgentMessage(message)),
    requestDeserialize: readAgentMessage,
    responseSerialize: (message: CoordinatorMessage): Buffer => Buffer.from(encodeCoordinatorMessage(message)),
    responseDeserialize: (bytes: Buffer): IncomingCoordinatorMessage => readOr(() => decodeCoordinatorMessage(bytes)),
  },
} as const;

function readAgentMessage(bytes: Buffer): IncomingAgentMessage {
  return readOr(() => {
    const wireVersion = peekWireVersion(bytes);
    if (wireVersion !== undefined && wireVersion !== WIRE_VERSION) return { kind: 'foreign', wireVersion };
    return decodeAgentMessage(bytes);
  });
}

function readOr<Message>(read: () => Message): Message | MalformedMessage {
  try {
    return read();
  } catch (error) {
    return { kind: 'malformed', message: error instanceof Error ? error.message : String(error) };
  }
}
