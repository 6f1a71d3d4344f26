/** The lease stream as bytes: says to a coordinator what no agent of ours would say, and keeps what it answers. */

import { Client, credentials } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';

import { WIRE_VERSION } from '../../shared/domain/conversation.js';
import type { AgentMessage, CoordinatorMessage } from '../../shared/domain/conversation.js';
import { coordinationService } from '../../shared/wire/coordination-service.js';
import { decodeCoordinatorMessage, encodeAgentMessage } from '../../shared/wire/lease-codec.js';
import { sampleMachine } from './sample-domain.js';

export interface RawAgent extends Disposable {
  say(message: AgentMessage): void;
  /** Any bytes as one gRPC message. */
  sayBytes(bytes: Uint8Array): void;
  /** The next answer that was not taken yet; fails when the stream ends without one. */
  answer(): Promise<CoordinatorMessage>;
  /** Resolves when the stream is over, with the error that ended it if it was one. */
  readonly ended: Promise<string | undefined>;
}

/** Opens a stream to the coordinator on this port of this machine. */
export function openRawAgent(port: number): RawAgent {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(
    coordinationService.hold.path,
    (bytes: Uint8Array) => Buffer.from(bytes),
    (bytes: Buffer) => decodeCoordinatorMessage(bytes),
  );
  const answers: CoordinatorMessage[] = [];
  const arrivals: (() => void)[] = [];
  const ended = new Promise<string | undefined>((resolve) => {
    stream.once('error', (error: ServiceError) => resolve(error.details));
    stream.once('end', () => resolve(undefined));
  });
  stream.on('data', (answer: CoordinatorMessage) => {
    answers.push(answer);
    arrivals.splice(0).forEach((arrived) => arrived());
  });
  return {
    say: (message) => void stream.write(encodeAgentMessage(message)),
    sayBytes: (bytes) => void stream.write(bytes),
    async answer() {
      const arrival = new Promise<void>((resolve) => arrivals.push(resolve));
      if (answers.length === 0) await Promise.race([arrival, ended]);
      const next = answers.shift();
      if (next === undefined) throw new Error(`the stream ended without an answer: ${await ended}`);
      return next;
    },
    ended,
    [Symbol.dispose]() {
      stream.cancel();
      client.close();
    },
  };
}

/** A hello that is welcome, but for what is changed. */
export const helloOf = (
  name: string,
  change: Partial<Extract<AgentMessage, { kind: 'hello' }>> = {},
): Extract<AgentMessage, { kind: 'hello' }> => ({
  kind: 'hello',
  wireVersion: WIRE_VERSION,
  session: `session of ${name}`,
  name,
  machine: { ...sampleMachine, machineId: `machine of ${name}`, slots: [] },
  held: [],
  ...change,
});
