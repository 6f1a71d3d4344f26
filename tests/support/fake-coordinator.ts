/** A coordinator that gives every agent the same answer to its hello and ends the stream. */

import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';

import type { CoordinatorMessage } from '../../shared/domain/conversation.js';
import { coordinationService } from '../../shared/wire/coordination-service.js';
import type { IncomingAgentMessage } from '../../shared/wire/coordination-service.js';

export interface FakeCoordinator extends Disposable {
  readonly port: number;
}

type Stream = ServerDuplexStream<IncomingAgentMessage, CoordinatorMessage>;

export async function startFakeCoordinator(answer: CoordinatorMessage): Promise<FakeCoordinator> {
  const server = new Server();
  server.addService(coordinationService, {
    hold: (stream: Stream) => {
      stream.once('data', () => {
        stream.write(answer);
        stream.end();
      });
      stream.on('error', () => undefined);
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { port, [Symbol.dispose]: () => server.forceShutdown() };
}
