/** The event stream on a real NATS server: what is not acknowledged comes again, what comes twice is dropped, restarts are waited for. */

import { afterEach, beforeEach, expect, test } from 'vitest';

import { natsEventStream } from '../../agent/publish/nats-event-stream.js';
import { openEventStream } from '../../coordinator/ingest/event-stream.js';
import type { EventStream } from '../../coordinator/ingest/event-stream.js';
import type { Delivery } from '../../coordinator/ingest/ingest.js';
import type { MessageServerAccess } from '../../shared/domain/conversation.js';
import { EnvironmentError } from '../../shared/domain/errors.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import { systemClock } from '../../shared/runtime/clock.js';
import type { LogFields } from '../../shared/runtime/log.js';
import { decodeEvent } from '../../shared/wire/event-codec.js';
import { startNats } from '../support/nats-server.js';
import type { TestNats } from '../support/nats-server.js';
import { sampleEvent } from '../support/sample-domain.js';
import { keptLog } from '../support/silent-log.js';

let nats: TestNats;
let access: MessageServerAccess;
const open = new Set<{ close(): Promise<void> }>();
beforeEach(async () => {
  nats = await startNats();
  access = { servers: [nats.url], stream: 'EVENTS', subjectPrefix: 'test.event', tls: false };
});
afterEach(async () => {
  for (const stream of open) await stream.close();
  open.clear();
  await nats[Symbol.asyncDispose]();
});

const numbered = (sequence: number): AttemptEvent => ({ ...sampleEvent({ kind: 'started' }), sequence });

interface Reader {
  /** Numbers of the events in the order in which they came, batch by batch. */
  readonly batches: number[][];
  readonly fatal: unknown[];
  /** Resolves when this many events came in all. */
  came(count: number): Promise<void>;
  /** Resolves when this was logged. */
  said(event: string): Promise<void>;
  readonly stream: EventStream;
}

/** Reads the stream; acknowledges unless told that the store refuses. */
async function read(refuses: () => boolean = () => false): Promise<Reader> {
  const batches: number[][] = [];
  const fatal: unknown[] = [];
  const waiting = new Set<() => void>();
  const log = keptLog();
  const onBatch = (deliveries: readonly Delivery[]): void => {
    batches.push(deliveries.map(({ body }) => decodeEvent(body).sequence));
    waiting.forEach((check) => check());
    if (refuses()) throw new EnvironmentError('the disk is full');
    deliveries.forEach(({ acknowledge }) => acknowledge());
  };
  const onFatal = (error: unknown): void => void fatal.push(error);
  const error = (fields: LogFields, event: string): void => {
    log.error(fields, event);
    waiting.forEach((check) => check());
  };
  const watched = { ...log, error };
  const stream = await openEventStream({ access, replicas: 1, clock: systemClock, log: watched, onBatch, onFatal });
  open.add(stream);
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return {
    ...{ batches, fatal, stream },
    came: (count) => until(() => batches.flat().length >= count),
    said: (event) => until(() => log.events.some((one) => one.event === event)),
  };
}

function agentStream(): ReturnType<typeof natsEventStream> {
  const stream = natsEventStream(access);
  open.add(stream);
  return stream;
}

async function close(stream: { close(): Promise<void> }): Promise<void> {
  open.delete(stream);
  await stream.close();
}

test('events come in the order in which they were taken, each once, however often they are published', async () => {
  const reader = await read();
  const agent = agentStream();
  for (const sequence of [1, 2, 3]) await agent.publish(numbered(sequence));
  await agent.publish(numbered(2));
  await agent.publish(numbered(4));
  await reader.came(4);
  expect(reader.batches.flat()).toEqual([1, 2, 3, 4]);
  expect(reader.fatal).toEqual([]);
});

test('what came while nobody read is there at the next start, and what was acknowledged is not', async () => {
  const first = await read();
  const agent = agentStream();
  await agent.publish(numbered(1));
  await first.came(1);
  await close(first.stream);
  for (let sequence = 2; sequence <= 40; sequence++) await agent.publish(numbered(sequence));
  const second = await read();
  await second.came(39);
  expect(second.batches.flat()).toEqual(Array.from({ length: 39 }, (_, i) => i + 2));
  expect(second.batches.length).toBeLessThan(39);
});

test('a batch that the store refuses is not acknowledged, is fatal, and comes again at once at the next start', async () => {
  const first = await read(() => true);
  const agent = agentStream();
  await agent.publish(numbered(1));
  await first.came(1);
  expect(first.fatal).toHaveLength(1);
  await close(first.stream);
  const second = await read();
  await second.came(1);
  expect(second.batches.flat()).toEqual([1]);
});

test('a server that is killed and comes back is read on, without the events that were acknowledged before', async () => {
  const reader = await read();
  const agent = agentStream();
  await agent.publish(numbered(1));
  await reader.came(1);
  await nats.restart();
  await agent.publish(numbered(2)).catch(() => agent.publish(numbered(2)));
  await reader.came(2);
  expect(reader.batches.flat()).toEqual([1, 2]);
});

test('a server that lost its files is given the stream again, which is said', async () => {
  const reader = await read();
  await nats.kill();
  nats.forget();
  await nats.restart();
  await reader.said('event stream lost and made anew');
  await agentStream().publish(numbered(1));
  await reader.came(1);
  expect(reader.batches.flat()).toEqual([1]);
});

test('a stream that closes while it opens, or twice, is closed', async () => {
  for (let i = 0; i < 5; i++) await close((await read()).stream);
});

test('a server that is not there, or has no such stream for the agent, is refused', async () => {
  const agent = agentStream();
  await expect(agent.publish(numbered(1))).rejects.toThrow();
  await nats.kill();
  await expect(read()).rejects.toThrow(/nothing listens there\. Start it, or leave --nats out/);
  await nats.restart();
});
